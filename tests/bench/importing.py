# SPDX-License-Identifier: Apache-2.0
"""Importing a bundle of real layers, plain and packed: against the slowest stage alone, and against what others bring the
same bytes in with. Everything ends on the disk (sync)."""
import contextlib
import itertools
import shutil
import subprocess

from bench.layers import TAG, layers_make
from bench.measure import Row, interleaved, run, seconds
from lab.appliance import SLIPWAY, slipway_run
from lab.containerd import containerd

MB = 1e6
MEMORY_MAX_MB = 64 * 1.048576


class Importing:
    """Bundles of one image of real layers, brought in again and again into new folders."""

    def __init__(self, folder, size):
        self.folder, self.size = folder, size
        self.key = folder / "key"
        slipway_run("bundle", "keygen", "--no-password", "-o", self.key)
        self._names = itertools.count()
        layout, source = layers_make(folder / "layers", size)
        recipe = f"name: layers\nversion: 1\ncontainers: [{{name: '{TAG}', from: '{source}'}}]\n"
        self.plain = self.bundle(recipe, "plain.bundle")
        self.packed = self.bundle(recipe, "packed.bundle", "--zstd")
        self.archive = folder / "layers.tar"
        run(["tar", "-cf", self.archive, "-C", layout, "oci-layout", "index.json", "blobs"])
        shutil.rmtree(folder / "layers")

    def bundle(self, recipe, name, *options):
        """The bundle of a recipe's text."""
        path = self.folder / f"{name}.yaml"
        path.write_text(recipe)
        slipway_run("bundle", "create", path, "-o", self.folder / name, "--key", f"{self.key}.key", *options)
        return self.folder / name

    @contextlib.contextmanager
    def fresh(self, trusted=True):
        """A new folder, where our key is trusted; it goes afterwards."""
        folder = self.folder / f"import{next(self._names)}"
        folder.mkdir()
        if trusted:
            slipway_run("trust", "add", f"{self.key}.pub", "--state-dir", folder)
        try:
            yield folder
        finally:
            shutil.rmtree(folder)

    def rate(self, path, work):
        """The rate of WORK over a file, in MB/s of its bytes."""
        return path.stat().st_size / MB / seconds(work)

    def ours(self, path):
        """slipway bundle import."""
        with self.fresh() as folder:
            return self.rate(path, lambda: slipway_run("bundle", "import", path, "--state-dir", folder))

    def stage(self, path):
        """The slowest of the stages that cannot be left out, each alone: reading, zstd, hashing, writing to the disk."""
        with self.fresh(trusted=False) as folder:
            stages = [["dd", f"if={path}", "of=/dev/null", "bs=1M"], ["openssl", "dgst", "-sha256", path],
                      ["dd", f"if={path}", f"of={folder}/copy", "bs=1M", "conv=fsync"]]
            if path == self.packed:
                stages.append(["zstd", "-q", "-d", "-f", "-o", "/dev/null", path])
            return min(self.rate(path, lambda argv=argv: run(argv)) for argv in stages)

    def tar(self):
        """tar -x, then sha256sum of every file."""
        def work(folder):
            run(["tar", "-xf", self.plain, "-C", folder])
            run(["find", folder, "-type", "f", "-exec", "sha256sum", "{}", "+"])
            run(["sync", "-f", folder])
        with self.fresh(trusted=False) as folder:
            return self.rate(self.plain, lambda: work(folder))

    def skopeo(self):
        """skopeo copy of the same image out of an archive of the same bytes."""
        def work(folder):
            run(["skopeo", "--insecure-policy", "copy", "-q", f"oci-archive:{self.archive}:{TAG}", f"oci:{folder}:x"])
            run(["sync", "-f", folder])
        with self.fresh(trusted=False) as folder:
            return self.rate(self.archive, lambda: work(folder))

    def ctr(self):
        """ctr image import of the same archive into an empty containerd, without unpacking the layers."""
        with self.fresh(trusted=False) as folder, containerd(folder / "containerd") as ctr:
            def work():
                run([*ctr, "images", "import", "--no-unpack", self.archive])
                run(["sync", "-f", folder])
            return self.rate(self.archive, work)

    def again(self, path):
        """An import of what is there already, and reading the file once: two rates."""
        with self.fresh() as folder:
            slipway_run("bundle", "import", path, "--state-dir", folder)
            works = (lambda: slipway_run("bundle", "import", path, "--state-dir", folder),
                     lambda: run(["dd", f"if={path}", "of=/dev/null", "bs=1M"]))
            return interleaved(*(lambda work=work: self.rate(path, work) for work in works))

    def memory_mb(self, path):
        """The most memory that a process of an import had."""
        with self.fresh() as folder:
            done = subprocess.run(["/usr/bin/time", "-f", "%M", SLIPWAY, "bundle", "import", path, "--state-dir", folder],
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
            return int(done.stderr.splitlines()[-1]) * 1024 / MB

    def large(self):
        """A bundle of four times the size, packed: mostly zeros on the disk, where it is as large as it says."""
        path = self.folder / "large.bin"
        with open(path, "wb") as file:
            for at in range(0, 4 * self.size, 64 << 20):
                file.seek(at)
                file.write(b"%d" % at * 1000)
            file.truncate(4 * self.size)
        bundle = self.bundle(f"name: large\nversion: 1\nfiles: [{{name: large.bin, source: {path}}}]\n", "large.bundle",
                             "--zstd")
        path.unlink()
        return bundle


def rows(bench):
    """The rows of importing."""
    folder = bench.folder / "importing"
    folder.mkdir()
    it = Importing(folder, bench.import_size)
    said = f"{bench.import_size >> 20} MiB"
    ours, tar, skopeo, ctr, stage = interleaved(lambda: it.ours(it.plain), it.tar, it.skopeo, it.ctr,
                                                lambda: it.stage(it.plain))
    yield Row(f"import of {said} .tar, against its slowest stage alone", "MB/s", ours, stage, goal=0.9)
    yield Row("import, against tar -x + sha256sum", "MB/s", ours, tar, stage, goal=2)
    yield Row("import, against skopeo copy", "MB/s", ours, skopeo, stage, goal=6)
    yield Row("import, against ctr image import", "MB/s", ours, ctr, stage, goal=3)
    it.archive.unlink()
    ours, stage = interleaved(lambda: it.ours(it.packed), lambda: it.stage(it.packed))
    yield Row(f"import of {said} .tar.zst, against its slowest stage alone", "MB/s", ours, stage, goal=0.9)
    for name, path in ((".tar", it.plain), (".tar.zst", it.packed)):
        ours, peer = it.again(path)
        yield Row(f"import of what is there, {name}, against reading it once", "MB/s", ours, peer, goal=0.9)
    layout, source = layers_make(folder / "quarter", it.size // 4)
    quarter = it.bundle(f"name: quarter\nversion: 1\ncontainers: [{{name: '{TAG}', from: '{source}'}}]\n", "quarter.bundle")
    shutil.rmtree(layout.parent)
    for factor, path in ((0.25, quarter), (1, it.plain), (1, it.packed)):
        yield Row(f"import's memory at {factor * it.size / (1 << 30):.2g} GiB ({path.stem}), at most", "MB",
                  it.memory_mb(path), MEMORY_MAX_MB, lower=True)
    it.plain.unlink()
    it.packed.unlink()
    yield Row(f"import's memory at {4 * it.size / (1 << 30):.2g} GiB (packed), at most", "MB", it.memory_mb(it.large()),
              MEMORY_MAX_MB, lower=True)
