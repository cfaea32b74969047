# SPDX-License-Identifier: Apache-2.0
"""Writing the OS image's layers into a new ext4, as the agent does, against `curl | tar -x`; both end with a sync."""
import contextlib

from bench import disks
from bench.measure import Row, interleaved, run, seconds
from lab.appliance import BUILD
from lab.images import OS_IMAGE
from lab.netns import APPLIANCE

MB = 1e6
DISK_SIZE = 4 << 30


class Writing:
    """The layers of the OS image, served by the appliance."""

    def __init__(self, bench):
        self.bench, self.network = bench, bench.network
        self.layers = bench.os_layers
        self.size = sum(layer["size"] for layer in self.layers)
        self.url = f"http://{APPLIANCE}/v2/{OS_IMAGE}/blobs"

    @contextlib.contextmanager
    def _root(self):
        """A new, empty ext4 on a loop device."""
        image, root = self.bench.folder / "root.img", self.bench.folder / "root"
        with open(image, "wb") as file:
            file.truncate(DISK_SIZE)
        run(["mke2fs", "-q", "-F", "-t", "ext4", "-E", "lazy_itable_init=0,lazy_journal_init=0", image])
        root.mkdir(exist_ok=True)
        run(["mount", "-o", "loop", image, root])
        try:
            yield root
        finally:
            run(["umount", root])
            image.unlink()

    def _rate(self, work):
        with self._root() as root:
            return self.size / MB / seconds(lambda: work(root))

    def ours(self):
        """The agent's own code."""
        words = [word for layer in self.layers for word in (layer["digest"], layer["size"])]
        program = BUILD / "tests/bench/unpack"
        return self._rate(lambda root: self.network.run([program, self.url, root, *words]))

    def peer(self):
        """curl | tar -x, which checks nothing."""
        def work(root):
            for layer in self.layers:
                kind = "--zstd" if layer["mediaType"].endswith("zstd") else "--gzip"
                self.network.run(["sh", "-c", f"curl -sSf {self.url}/{layer['digest']} | tar -x {kind} -C {root}"])
            run(["sync", "-f", root])
        return self._rate(work)

    def limit(self):
        """The slowest of network, decompression and disk, each alone."""
        urls = [f"{self.url}/{layer['digest']}" for layer in self.layers]
        tar = self.bench.folder / "layers.tar"
        tool = "zstd" if self.layers[0]["mediaType"].endswith("zstd") else "gzip"
        blobs = " ".join(str(self.bench.blob_path(layer["digest"])) for layer in self.layers)
        network = seconds(lambda: self.network.run(["sh", "-c", f"curl -sSf {' '.join(urls)} >/dev/null"]))
        run(["sh", "-c", f"cat {blobs} | {tool} -dc >{tar}"])
        unpacking = seconds(lambda: run(["sh", "-c", f"cat {blobs} | {tool} -dc >/dev/null"]))
        with self._root() as root:
            disk = seconds(lambda: run(["dd", f"if={tar}", f"of={root}/x", "bs=1M", "conv=fsync"]))
        tar.unlink()
        return self.size / MB / max(network, unpacking, disk)


def rows(bench):
    """The rows of writing: a root file system, then whole disks."""
    writing = Writing(bench)
    ours, peer, limit = interleaved(writing.ours, writing.peer, writing.limit)
    yield Row("write the OS image, against curl | tar -x", "MB/s stored", ours, peer, limit)
    yield from disks.rows(bench)
