# SPDX-License-Identifier: Apache-2.0
"""Disk images, raw and qcow2, as OS images of kind "disk"."""
import os
import subprocess

import pytest

SIZE = 64 << 20
RECIPE = "name: a\nversion: 1\nimages: [{{name: os/disk, kind: disk, disk: {}, min_disk: {}}}]\n"


@pytest.fixture
def raw(bench):
    """A sparse disk with something at both ends."""
    path = bench.folder / "disk.raw"
    with path.open("wb") as file:
        file.write(b"front" * 1000)
        file.seek(SIZE - 512)
        file.write(b"\x55" * 512)
    return path


@pytest.mark.parametrize("kind, min_disk, least", [("raw", "1M", SIZE), ("qcow2", "1G", 1 << 30)])
def test_a_disk_image(bench, raw, kind, min_disk, least):
    name = f"disk.{kind}"
    if kind == "qcow2":
        subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", kind, raw, bench.folder / name], check=True)
    bundle = bench.make(RECIPE.format(name, min_disk))
    assert bundle.stat().st_size < 1 << 20
    bench.run("bundle", "import", bundle)
    entry = bench.names()["os/disk"]
    manifest = bench.check(entry)
    notes = entry["annotations"]
    assert (notes["vnd.slipway.kind"], manifest["artifactType"]) == ("disk", "application/vnd.slipway.disk.v1")
    assert (notes["vnd.slipway.size-bytes"], notes["vnd.slipway.min-disk-bytes"]) == (str(SIZE), str(least))
    back = subprocess.run(["zstd", "-dc"], input=bench.blob(manifest["layers"][0]["digest"]), capture_output=True, check=True)
    assert back.stdout == raw.read_bytes()
    assert bench.make(RECIPE.format(name, min_disk), "again").read_bytes() == bundle.read_bytes()


def test_what_is_no_disk_is_refused(bench, raw):
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", raw, "-F", "raw", bench.folder / "part.qcow2"], check=True)
    os.truncate(bench.write("odd.raw", b"x"), 1000)
    for name, said in (("part.qcow2", "rest is in another file"), ("odd.raw", "no whole sectors")):
        bench.write("recipe.yaml", RECIPE.format(name, "1M"))
        failed = bench.run("bundle", "create", "recipe.yaml", "-o", "x", "--key", "site.key", code=2)
        assert said in failed.stderr
