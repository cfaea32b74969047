#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The figures, beside their peers: `make bench`, or `make bench BENCH=serving`.

Runs are interleaved and medians told. `limit` is what the slowest part that cannot be left out does alone in the
same run. A row is `ok` where ours is at least the goal times the peer's.
"""
import argparse
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path[0] = str(pathlib.Path(__file__).resolve().parents[1])

from bench import importing, serving, writing  # pylint: disable=wrong-import-position
from bench.measure import run  # pylint: disable=wrong-import-position
from lab.appliance import Appliance, slipway_run  # pylint: disable=wrong-import-position
from lab.cache import step  # pylint: disable=wrong-import-position
from lab.images import OS_IMAGE, node_image  # pylint: disable=wrong-import-position
from lab.netns import Network  # pylint: disable=wrong-import-position

PARTS = {"importing": importing, "serving": serving, "writing": writing}
HEAD = ("row", "ours", "peer", "limit", "ratio", "goal", "")
BLOB_MB = 1024


class Bench:
    """What the parts measure on: a folder, and for those that ask for it an appliance that serves the OS image and a
    file of 1 GiB."""

    def __init__(self, folder, import_mb):
        self.folder = folder
        self.import_size = import_mb << 20
        self.network = self.appliance = None
        self.blob_size = BLOB_MB << 20

    def _prepare(self):
        with step("a bundle of the OS image and a file of 1 GiB"):
            slipway_run("bundle", "keygen", "--no-password", "-o", self.folder / "bench")
            self.public_key = self.folder / "bench.pub"
            self.bundle = self._bundle_with_blob()
        index = self._layout_json(node_image(), "index.json")
        manifest = next(each for each in index["manifests"]
                        if each["annotations"]["org.opencontainers.image.ref.name"] == OS_IMAGE)
        self.os_layers = self._layout_json(node_image(), f"blobs/sha256/{manifest['digest'][7:]}")["layers"]

    @staticmethod
    def _layout_json(layout, name):
        return json.loads((layout / name).read_text())

    def _bundle_with_blob(self):
        blob = self.folder / "blob.bin"
        with open(blob, "wb") as file:
            subprocess.run(["openssl", "rand", str(self.blob_size)], stdout=file, check=True)
        self.blob_digest = run(["sha256sum", blob]).split()[0].decode()
        recipe = self.folder / "bench.yaml"
        recipe.write_text(f"name: bench\nversion: 1\nimages:\n  - name: {OS_IMAGE}\n    kind: rootfs\n"
                          f"    container: oci:{node_image()}:{OS_IMAGE}\n"
                          f"files:\n  - name: blob.bin\n    source: {blob}\n")
        bundle = self.folder / "bench-1.bundle"
        slipway_run("bundle", "create", recipe, "-o", bundle, "--key", self.public_key.with_suffix(".key"))
        blob.unlink()
        return bundle

    @property
    def blob_repository(self):
        """A repository that the registry serves the file of 1 GiB under."""
        return "blob.bin"

    def blob_path(self, digest):
        """The store's file of a blob."""
        return self.appliance.state / "store/blobs/sha256" / digest.removeprefix("sha256:")

    @contextlib.contextmanager
    def serving(self):
        """The appliance is up with the bundle."""
        self._prepare()
        with Network() as self.network:
            self.appliance = Appliance(self.network, self.folder / "appliance")
            self.appliance.run("trust", "add", self.public_key)
            self.appliance.up("--bundle", self.bundle, deadline_s=180)
            try:
                yield self
            finally:
                self.appliance.close()


def table_print(rows):
    """The table, in columns as wide as their widest cell."""
    lines = [HEAD, *[row.cells() for row in rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    for line in lines:
        print("  ".join(cell.ljust(width) if not at else cell.rjust(width)
                        for at, (cell, width) in enumerate(zip(line, widths))).rstrip())


def measure(bench, name):
    """One part and its table."""
    with step(f"measuring: {name}"):
        rows = list(PARTS[name].rows(bench))
    table_print(rows)


def main():
    """Measure the parts that were asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help="all unless named")
    parser.add_argument("--import-mb", type=int, default=2048, metavar="MIB",
                        help="size of the bundle that is imported (2048)")
    args = parser.parse_args()
    unknown = set(args.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    if os.geteuid() != 0:
        sys.exit("The benchmarks need root: they make network namespaces and mounts. Run 'sudo make bench'.")
    with tempfile.TemporaryDirectory(prefix="slipway-bench-", dir="/var/tmp") as folder:
        bench = Bench(pathlib.Path(folder), args.import_mb)
        names = args.parts or list(PARTS)
        for name in [each for each in names if each == "importing"]:
            measure(bench, name)
        if set(names) == {"importing"}:
            return
        with bench.serving():
            for name in [each for each in names if each != "importing"]:
                measure(bench, name)


if __name__ == "__main__":
    main()
