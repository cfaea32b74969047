# SPDX-License-Identifier: Apache-2.0
"""Sticks: loop devices stand for them. Nothing is ever written to one, and a damaged one hides nothing else."""
import hashlib
import json
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bundle"))
from slipwayd import Slipwayd  # noqa: E402
from workbench import Bench  # noqa: E402

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="block devices need root")
KERNEL_HAS = pathlib.Path("/proc/filesystems").read_text().split()
MAKERS = {"ext4": ["mkfs.ext4", "-q", "-F"], "ext2": ["mkfs.ext2", "-q", "-F"], "vfat": ["mkfs.vfat"]}


class Stick:
    """An image with a file system and files in it, and a loop device of it."""

    def __init__(self, folder, kind, files):
        self.image, self.device = folder / f"{kind}.img", None
        with open(self.image, "wb") as file:
            file.truncate(16 << 20)
        source = folder / "content"
        source.mkdir()
        for name, content in files.items():
            (source / name).write_bytes(content)
        if kind == "vfat":
            subprocess.run([*MAKERS[kind], self.image], check=True, capture_output=True)
            subprocess.run(["mcopy", "-i", self.image, *source.iterdir(), "::"], check=True)
        else:
            subprocess.run([*MAKERS[kind], "-d", source, self.image], check=True)

    def plug(self):
        """A device of it, whose name is given."""
        path = subprocess.run(["losetup", "--find", "--show", self.image], check=True, capture_output=True,
                              text=True).stdout.strip()
        self.device = pathlib.Path(path).name
        return self.device

    def unplug(self):
        """Take the device away."""
        if self.device:
            subprocess.run(["losetup", "-d", f"/dev/{self.device}"], check=False)
        self.device = None

    def digest(self):
        """What is on it."""
        return hashlib.sha256(self.image.read_bytes()).digest()


@pytest.fixture
def bench(tmp_path):
    """A command with a trusted key, and three bundles: good, signed by a stranger, and damaged."""
    one = Bench(tmp_path)
    one.write("notes.txt", "some notes\n" * 1000)
    recipe = "name: small\nversion: {}\nfiles: [{{name: notes.txt, source: notes.txt}}]\n"
    one.good = one.make(recipe.format(2), "good.bundle").read_bytes()
    one.run("bundle", "keygen", "--no-password", "-o", "stranger")
    one.write("recipe.yaml", recipe.format(3))
    one.run("bundle", "create", "recipe.yaml", "-o", "stranger.bundle", "--key", "stranger.key")
    one.stranger = (tmp_path / "stranger.bundle").read_bytes()
    one.damaged = one.good[:700] + bytes(200) + one.good[900:]
    return one


@pytest.fixture
def stick(tmp_path):
    """stick("ext4", files): a stick that is unplugged after the test."""
    made = []

    def make(kind, files):
        (tmp_path / f"stick{len(made)}").mkdir()
        made.append(Stick(tmp_path / f"stick{len(made)}", kind, files))
        return made[-1]
    yield make
    for each in made:
        each.unplug()


def listed(bench, *devices):
    """The items of `slipway stick list`, by file."""
    items = json.loads(bench.run("stick", "list", "-o", "json", *devices).stdout)["items"]
    return {each["file"]: each for each in items}


@pytest.mark.parametrize("kind", [kind for kind in MAKERS if kind in KERNEL_HAS])
def test_bundles_on_a_stick(bench, stick, kind):
    one = stick(kind, {"good.bundle": bench.good, "stranger.bundle": bench.stranger, "damaged.bundle": bench.damaged,
                       "empty.bundle": b"", "notes.txt": b"x", ".hidden.bundle": bench.good})
    before, device = one.digest(), one.plug()
    found = listed(bench, device)
    assert {name: each["state"] for name, each in found.items()} == {
        "good.bundle": "new", "stranger.bundle": "untrusted", "damaged.bundle": "damaged", "empty.bundle": "damaged"}
    assert found["good.bundle"]["name"] == "small" and found["good.bundle"]["version"] == 2
    assert found["good.bundle"]["key"] == "site" and found["good.bundle"]["size_bytes"] == len(bench.good)
    bench.run("stick", "import", f"{device}/stranger.bundle", code=7)
    bench.run("stick", "import", f"{device}/damaged.bundle", code=7)
    bench.run("stick", "import", f"/dev/{device}/good.bundle")
    assert "notes.txt" in bench.names()
    assert listed(bench, f"/dev/{device}")["good.bundle"]["state"] == "here"
    bench.run("stick", "import", f"{device}/../good.bundle", code=2)
    bench.run("stick", "import", f"{device}/none.bundle", code=3)
    one.unplug()
    assert one.digest() == before


def test_a_link_is_not_followed(bench, stick, tmp_path):
    (tmp_path / "stick0").mkdir()
    one = Stick.__new__(Stick)
    one.image, one.device = tmp_path / "link.img", None
    with open(one.image, "wb") as file:
        file.truncate(8 << 20)
    source = tmp_path / "source"
    source.mkdir()
    (source / "link.bundle").symlink_to(tmp_path / "good.bundle")
    os.mkfifo(source / "fifo.bundle")
    subprocess.run(["mkfs.ext4", "-q", "-F", "-d", source, one.image], check=True)
    try:
        found = listed(bench, one.plug())
        assert {each["state"] for each in found.values()} == {"damaged"} and len(found) == 2
        bench.run("stick", "import", f"{one.device}/link.bundle", code=1)
    finally:
        one.unplug()


@pytest.mark.parametrize("at", [1024 + 0x38, 4096, 40960, 200000])
def test_a_damaged_stick(bench, stick, at):
    one = stick("ext4", {"good.bundle": bench.good})
    with open(one.image, "r+b") as file:
        file.seek(at)
        file.write(os.urandom(65536 if at > 4096 else 4))
    before = one.digest()
    for each in listed(bench, one.plug()).values():
        assert each["state"] in ("new", "damaged", "unreadable", "untrusted")
    one.unplug()
    assert one.digest() == before


def test_a_journal_is_not_replayed(bench, stick):
    one = stick("ext4", {"good.bundle": bench.good})
    subprocess.run(["debugfs", "-w", "-R", "feature needs_recovery", one.image], check=True, capture_output=True)
    before = one.digest()
    assert listed(bench, one.plug())["good.bundle"]["state"] == "new"
    one.unplug()
    assert one.digest() == before


def test_what_is_no_stick(bench, stick, tmp_path):
    one = stick("ext4", {})
    with open(one.image, "r+b") as file:
        file.write(bytes(1 << 20))
    assert listed(bench, one.plug()) == {}
    assert "SW-2050" in bench.run("stick", "import", f"{one.device}/good.bundle", code=1).stderr
    bench.run("stick", "list", "../etc", code=2)
    assert bench.run("stick", "policy").stdout == "offer\n"
    bench.run("stick", "policy", "often", code=2)
    bench.run("stick", "policy", "import")
    assert bench.run("stick", "policy").stdout == "import\n"


class Appliance(Slipwayd):
    """A daemon to which loop devices are sticks, with the bench's state."""

    def argv(self, *args):
        return super().argv("--sticks", "loop*", *args)


@pytest.mark.parametrize("policy, name", [("offer", "offered"), ("import", "imported")])
def test_a_stick_is_noticed(bench, stick, policy, name):
    bench.run("stick", "policy", policy)
    daemon = Appliance(bench.folder).start()
    try:
        one = stick("ext4", {"good.bundle": bench.good, "stranger.bundle": bench.stranger})
        before, device = one.digest(), one.plug()
        log = bench.folder / "log"
        wanted = [f"stick {device}: 'stranger.bundle' is small version 3, signed by",
                  {"offered": f"to import it: slipway stick import {device}/good.bundle",
                   "imported": f"stick: {device}/good.bundle is imported"}[name]]
        daemon.wait(lambda: all(line in log.read_text() for line in wanted), wanted)
        assert ("notes.txt" in bench.names()) == (policy == "import")
        one.unplug()
        assert one.digest() == before
    finally:
        assert daemon.stop() == 0
