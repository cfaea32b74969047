# SPDX-License-Identifier: Apache-2.0
"""Writing a whole disk image onto a loop device, as the agent does, against what people use; all end with a sync."""
import contextlib
import json
import os
import shutil

from bench.measure import Row, interleaved, run, seconds
from bench.serving import NGINX
from lab.appliance import BUILD, slipway_run
from lab.netns import APPLIANCE

MB = 1e6
IMAGE = "os/bench-disk"
IMAGE_SIZE, USED = (int(os.environ.get("BENCH_DISK_MB", "4096")) << 20), 4  # one part in so many holds data
DISK_SLACK = 64 << 20
NGINX_PORT = 8082
ROOT_START = 12288  # sectors of 512 bytes


class Disks:
    """An image of 4 GiB with 1 GiB of an OS in it: served by the appliance, and for bmaptool by nginx."""

    def __init__(self, bench):
        self.bench, self.network = bench, bench.network
        self.raw = bench.folder / "bench-disk.raw"
        self.packed = bench.folder / "bench-disk.raw.zst"
        self.bmap = bench.folder / "bench-disk.bmap"
        self._make_raw()
        self._import()
        run(["bmaptool", "create", "-o", self.bmap, self.raw])
        self.url = f"http://{APPLIANCE}/v2/{IMAGE}/blobs/{self.layer['digest']}"
        self._serve()

    def _make_raw(self):
        """The OS image's layers in an ext4, as often as the part that is to be used holds them."""
        tree = self.bench.folder / "bench-disk.tree"
        size, copy = 0, 0
        while size < IMAGE_SIZE // USED:
            into = tree / str(copy)
            into.mkdir(parents=True)
            for layer in self.bench.os_layers:
                run(["tar", "-xf", self.bench.blob_path(layer["digest"]), "-C", into])
            size, copy = int(run(["du", "-sb", tree]).split()[0]), copy + 1
        with open(self.raw, "wb") as file:
            file.truncate(IMAGE_SIZE)
        run(["sgdisk", "--new=1:4096:12287", "--typecode=1:EF00", f"--new=2:{ROOT_START}:0", self.raw])
        with open(self.raw, "r+b") as file:
            file.write(b"\xeb\x63\x90")
        blocks = IMAGE_SIZE // 4096 - ROOT_START // 8 - 256
        run(["mke2fs", "-q", "-t", "ext4", "-b", "4096", "-E", f"offset={ROOT_START * 512}", "-d", tree, self.raw,
             blocks])
        shutil.rmtree(tree)

    def _import(self):
        recipe, bundle = self.bench.folder / "bench-disk.yaml", self.bench.folder / "bench-disk.bundle"
        recipe.write_text(f"name: bench-disk\nversion: 1\nimages:\n  - name: {IMAGE}\n    kind: disk\n    disk: {self.raw}\n")
        slipway_run("bundle", "create", recipe, "-o", bundle, "--key", self.bench.public_key.with_suffix(".key"))
        self.bench.appliance.run("bundle", "import", bundle)
        bundle.unlink()
        index = json.loads((self.bench.appliance.state / "store/index.json").read_text())
        manifest = next(each["digest"] for each in index["manifests"]
                        if each["annotations"].get("org.opencontainers.image.ref.name") == IMAGE)
        self.layer = json.loads(self.bench.blob_path(manifest).read_text())["layers"][0]
        os.link(self.bench.blob_path(self.layer["digest"]), self.packed)

    def _serve(self):
        """bmaptool knows a packing by the end of the name, which a digest has not."""
        folder = self.bench.folder / "nginx-disks"
        folder.mkdir()
        config = folder / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, address=APPLIANCE, port=NGINX_PORT, root=self.bench.folder))
        self.nginx = self.network.start(["nginx", "-c", config], folder / "nginx.log")

    @contextlib.contextmanager
    def _disk(self):
        """A blank disk behind a loop device that does not cache what its file caches already."""
        image = self.bench.folder / "bench-disk.to"
        with open(image, "wb") as file:
            file.truncate(IMAGE_SIZE + DISK_SLACK)
        device = run(["losetup", "--find", "--show", "--direct-io=on", image]).decode().strip()
        try:
            yield device
        finally:
            run(["losetup", "--detach", device])
            image.unlink()

    def _rate(self, argv):
        with self._disk() as device:
            return IMAGE_SIZE / MB / seconds(lambda: self.network.run(argv(device)))

    def ours(self):
        """The agent's own code, hashed."""
        return self._rate(lambda device: [BUILD / "tests/bench/unpack", self.url.rsplit("/", 1)[0], device,
                                          self.layer["digest"], self.layer["size"]])

    def peer(self):
        """curl | zstd | dd, which checks nothing."""
        return self._rate(lambda device: ["bash", "-ec", f"set -o pipefail; curl -sSf {self.url} | zstd -dcq | "
                                                         f"dd of={device} bs=1M iflag=fullblock conv=fsync status=none"])

    def peer_hashed(self):
        """The same with a digest beside it."""
        return self._rate(lambda device: ["bash", "-ec", f"set -o pipefail; curl -sSf {self.url} | "
                                                         f"tee >(sha256sum >/dev/null) | zstd -dcq | "
                                                         f"dd of={device} bs=1M iflag=fullblock conv=fsync status=none"])

    def bmaptool(self):
        """Knows the holes from a map, and checks the data against it."""
        url = f"http://{APPLIANCE}:{NGINX_PORT}/{self.packed.name}"
        return self._rate(lambda device: ["bmaptool", "-q", "copy", "--bmap", self.bmap, url, device])

    def limit(self):
        """The slowest of network, hashing, unpacking and disk, each alone."""
        tool = {"network": f"curl -sSf {self.url} >/dev/null", "hash": f"openssl dgst -sha256 {self.packed} >/dev/null",
                "unpack": f"zstd -dcq {self.packed} >/dev/null"}
        alone = [seconds(lambda words=words: self.network.run(["bash", "-ec", words])) for words in tool.values()]
        with self._disk() as device:
            alone.append(seconds(lambda: run(["dd", f"if={self.raw}", f"of={device}", "bs=1M", "oflag=direct",
                                              f"count={IMAGE_SIZE // USED >> 20}", "conv=fsync", "status=none"])))
        return IMAGE_SIZE / MB / max(alone)


def rows(bench):
    """The rows of whole disks."""
    disks = Disks(bench)
    ours, peer, hashed, mapped, limit = interleaved(disks.ours, disks.peer, disks.peer_hashed, disks.bmaptool,
                                                    disks.limit)
    what = f"write a disk image of {IMAGE_SIZE >> 20} MiB, a quarter used, against"
    yield Row(f"{what} curl | zstd -d | dd", "MB/s raw", ours, peer, limit, 4.0)
    yield Row(f"{what} the same with tee into sha256sum", "MB/s raw", ours, hashed, limit, 4.0)
    yield Row(f"{what} bmaptool copy", "MB/s raw", ours, mapped, limit, 3.0)
