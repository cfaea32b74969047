# SPDX-License-Identifier: Apache-2.0
"""Importing a bundle: against `tar -x` and `sha256sum`, and against `skopeo copy`; each ends on the disk (sync)."""
import itertools
import shutil

from bench.measure import Row, interleaved, run, seconds
from lab.appliance import slipway_run

MB = 1e6


class Importing:
    """One bundle, brought in again and again into new folders."""

    def __init__(self, folder, bundle, public_key):
        self.folder, self.bundle, self.public_key = folder, bundle, public_key
        self.size = bundle.stat().st_size
        self._names = itertools.count()

    def _fresh(self, work):
        """The rate of WORK(a new folder)."""
        folder = self.folder / f"import{next(self._names)}"
        folder.mkdir()
        try:
            return self.size / MB / seconds(lambda: work(folder))
        finally:
            shutil.rmtree(folder)

    def ours(self):
        """slipway bundle import."""
        def work(folder):
            slipway_run("trust", "add", self.public_key, "--state-dir", folder)
            slipway_run("bundle", "import", self.bundle, "--state-dir", folder)
        return self._fresh(work)

    def tar(self):
        """tar -x, then sha256sum of every file."""
        def work(folder):
            run(["tar", "-xf", self.bundle, "-C", folder])
            run(["find", folder, "-type", "f", "-exec", "sha256sum", "{}", "+"])
            run(["sync", "-f", folder])
        return self._fresh(work)

    def skopeo(self, archive, name):
        """skopeo copy of the same image from an archive of the same bytes."""
        def work(folder):
            run(["skopeo", "--insecure-policy", "copy", "-q", f"oci-archive:{archive}:{name}", f"oci:{folder}:x"])
            run(["sync", "-f", folder])
        return self._fresh(work)

    def limit(self):
        """The slowest of what must be done in any case: hashing it all, and writing it all to the disk."""
        target = self.folder / "limit"
        hashing = seconds(lambda: run(["openssl", "dgst", "-sha256", self.bundle]))
        writing = seconds(lambda: run(["dd", f"if={self.bundle}", f"of={target}", "bs=1M", "conv=fsync"]))
        target.unlink()
        return self.size / MB / max(hashing, writing)


def rows(bench):
    """The rows of importing."""
    whole = Importing(bench.folder, bench.bundle, bench.public_key)
    ours, tar, limit = interleaved(whole.ours, whole.tar, whole.limit)
    yield Row("import, against tar -x + sha256sum", "MB/s", ours, tar, limit)
    image = Importing(bench.folder, bench.os_bundle, bench.public_key)
    archive = bench.os_archive()
    ours, skopeo, limit = interleaved(image.ours, lambda: image.skopeo(archive, "x"), image.limit)
    yield Row("import, against skopeo copy", "MB/s", ours, skopeo, limit)
