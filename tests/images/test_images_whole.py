# SPDX-License-Identifier: Apache-2.0
"""Raw disk images onto disks of other sizes: what is on them after, and what is not when it was cut off."""
import gzip
import json
import os
import re
import subprocess

import pytest

from rig import AGENT, Machine, loop_device, mounted, picture, run, tool
from test_images_disk import make_os_layers  # noqa: F401

MIB = 1 << 20
IMAGE = 24 * MIB
DISK = 64 * MIB
SEED = 16 * MIB


def make_image(path, label="gpt", boot_code=True, size=IMAGE):
    """A raw disk: an ESP, and behind it an ext4 with a file that says where it comes from."""
    folder = path.parent / f"{path.name}.tree"
    folder.mkdir()
    (folder / "hello").write_text("from the image\n")
    (folder / "noise").write_bytes(os.urandom(3 * MIB))
    with open(path, "wb") as file:
        file.truncate(size)
    if label == "gpt":
        run("sgdisk", "--new=14:2048:4095", "--typecode=14:EF02", "--new=15:4096:12287", "--typecode=15:EF00",
            "--new=1:12288:0", "--change-name=1:root", path)
    else:
        subprocess.run(["sfdisk", "--quiet", path], text=True, check=True,
                       input="label: dos\n4096 8192 ef\n12288 - 83 *\n")
    file_system = path.parent / f"{path.name}.ext4"
    table = json.loads(run("sfdisk", "--json", path).stdout)["partitiontable"]["partitions"]
    root = next(p for p in table if p["start"] == 12288)
    run("mke2fs", "-q", "-t", "ext4", "-d", folder, "-b", "4096", file_system, root["size"] // 8)
    with open(path, "r+b") as file:
        file.seek(12288 * 512)
        file.write(file_system.read_bytes())
        if boot_code:
            file.seek(0)
            file.write(b"\xeb\x63" + bytes(range(200)))
    return path


def pack(path, how):
    packed = path.with_suffix(f".{how}")
    if how == "zst":
        run("zstd", "-q", "-f", "-3", path, "-o", packed)
    elif how == "frames":
        data = path.read_bytes()
        pieces = [data[i:i + 7 * MIB + 13] for i in range(0, len(data), 7 * MIB + 13)]
        packed.write_bytes(b"".join(subprocess.run(["zstd", "-qc"], input=p, check=True, capture_output=True).stdout
                                    for p in pieces))
    elif how == "gz":
        packed.write_bytes(gzip.compress(path.read_bytes(), 1))
    else:
        return path
    return packed


@pytest.fixture(scope="module", name="image")
def make_gpt(tmp_path_factory):
    return make_image(tmp_path_factory.mktemp("image") / "gpt.raw")


@pytest.fixture(scope="module", name="blob")
def make_blob(image):
    return pack(image, "zst")


def partitions(device):
    table = json.loads(run("sfdisk", "--json", device).stdout)["partitiontable"]
    return {p["node"].removeprefix(device).lstrip("p"): p for p in table["partitions"]}


def is_blank(path):
    """Nothing that firmware could start from, and nothing that anybody would recognise."""
    with open(path, "rb") as disk:
        if disk.read(MIB) != bytes(MIB):
            return False
        disk.seek(-MIB, os.SEEK_END)
        return disk.read() == bytes(MIB)


@pytest.mark.parametrize("how", ["raw", "zst", "frames", "gz"])
def test_what_is_on_the_disk(tmp_path, image, how):
    path = tmp_path / "disk"
    path.write_bytes(os.urandom(MIB) * (DISK // MIB))  # an old disk: none of its bytes are zero
    with loop_device(path) as device:
        done = tool("image", device, "bios", pack(image, how), "instance-id: i-1\n")
        assert f"raw {IMAGE}\n" in done.stdout and "grown 1\n" in done.stdout
        assert "No problems found" in run("sgdisk", "--verify", device).stdout
        run("partx", "--update", device)
        parts = partitions(device)
        assert sorted(parts) == ["1", "14", "15", "2"]
        assert parts["1"]["name"] == "root" and parts["2"]["name"] == "cidata"
        assert parts["1"]["start"] + parts["1"]["size"] == parts["2"]["start"]
        assert parts["2"]["size"] * 512 == SEED
        assert run("blkid", "--probe", "-o", "value", "-s", "LABEL", f"{device}p2").stdout == "cidata\n"
        run("fsck.ext4", "-fn", f"{device}p1")
        with mounted(f"{device}p1", tmp_path / "root") as root:
            assert (root / "hello").read_text() == "from the image\n"
        with open(path, "rb") as disk, open(image, "rb") as raw:
            assert disk.read(440) == raw.read(440)  # the image's own boot code
            end = (json.loads(run("sfdisk", "--json", image).stdout)["partitiontable"]["lastlba"] + 1) * 512
            disk.seek(MIB)
            raw.seek(MIB)
            for at in range(MIB, end, MIB):
                n = min(MIB, end - at)
                assert disk.read(n) == raw.read(n), f"at {at}"


def test_zeros_are_not_written(tmp_path, blob):
    with loop_device(tmp_path / "disk", DISK) as device:
        done = tool("image", device, "bios", blob)
        written = int(re.search(r"written (\d+)", done.stdout)[1])
        assert written < 12 * MIB


def test_configuration_by_other_eyes(tmp_path, blob):
    with loop_device(tmp_path / "disk", DISK) as device:
        tool("image", device, "bios", blob, "instance-id: i-1\n")
        run("partx", "--update", device)
        assert run("bsdtar", "-tf", f"{device}p2").stdout.split() == [".", "meta-data", "user-data"]
        assert run("bsdtar", "-xOf", f"{device}p2", "meta-data").stdout == "instance-id: i-1\n"


def test_mbr(tmp_path):
    image = make_image(tmp_path / "mbr.raw", "dos")
    with loop_device(tmp_path / "disk", DISK) as device:
        tool("image", device, "uefi", pack(image, "zst"))
        run("partx", "--update", device)
        parts = partitions(device)
        assert sorted(parts) == ["1", "2", "3"]
        assert parts["2"]["bootable"]
        assert parts["2"]["start"] + parts["2"]["size"] == parts["3"]["start"]
        run("fsck.ext4", "-fn", f"{device}p2")


def test_power_cut_leaves_nothing_to_start(tmp_path, image, blob):
    """Also on a disk of the image's size and a bit, where the image's own backup table would lie at its end."""
    path = tmp_path / "disk"
    with loop_device(path, IMAGE + SEED + 2 * MIB) as device:
        run("dd", f"if={image}", f"of={device}", "bs=1M", "conv=fsync")
        tool("image-begin", device, "bios", blob)
        run("sync")
        assert is_blank(path)
        assert run("blkid", "--probe", device, check=False).returncode == 2
        assert b"EFI PART" not in path.read_bytes()
        tool("image", device, "bios", blob)
        assert "No problems found" in run("sgdisk", "--verify", device).stdout


@pytest.mark.parametrize("firmware,label,boot_code,size,code", [
    ("bios", "gpt", True, IMAGE + 8 * MIB, "SW-3008"),
    ("bios", "gpt", True, 20 * MIB, "SW-3008"),
    ("bios", "dos", True, IMAGE + 8 * MIB, "SW-3008"),
    ("bios", "gpt", False, DISK, "SW-3017"),
    ("uefi", "none", True, DISK, "SW-3016"),
])
def test_what_does_not_fit_is_refused_before_a_byte_is_written(tmp_path, firmware, label, boot_code, size, code):
    path = tmp_path / "image.raw"
    if label == "none":
        path.write_bytes(os.urandom(3 * MIB))
    else:
        make_image(path, label, boot_code)
    disk = tmp_path / "disk"
    with loop_device(disk, size) as device:
        run("mkfs.ext4", "-q", device)
        before = picture(disk)
        done = tool("image", device, firmware, pack(path, "zst"), check=False)
        assert done.stderr.startswith(code + " "), done.stderr
        run("sync")
        assert picture(disk) == before


def test_an_image_for_other_sectors_is_refused(tmp_path, blob):
    with loop_device(tmp_path / "disk", DISK, 4096) as device:
        done = tool("image", device, "bios", blob, check=False)
        assert done.stderr.startswith("SW-3016 ") and "sectors" in done.stderr


def test_wrong_and_damaged_bytes_leave_nothing_to_start(tmp_path, blob):
    path = tmp_path / "disk"
    data = bytearray(blob.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "damaged").write_bytes(data)
    short = tmp_path / "short"
    short.write_bytes(blob.read_bytes()[:-100])
    good = f"sha256:{'0' * 64}"
    with loop_device(path, DISK) as device:
        for name, code in ((f"{blob}@{good}", "SW-3010"), (f"{tmp_path}/damaged@{good}", "SW-3010"),
                           (tmp_path / "damaged", "SW-3011"), (short, "SW-3011")):
            done = tool("image", device, "bios", name, check=False)
            assert done.stderr.startswith(code + " "), done.stderr
            run("sync")
            assert is_blank(path)


@pytest.mark.parametrize("firmware", ["bios"])
def test_starts_by_itself(tmp_path, os_layers, firmware):
    """A disk that was installed becomes an image, and that starts from a larger disk."""
    first, path = tmp_path / "first", tmp_path / "disk"
    with loop_device(first, 1536 * MIB) as device:
        tool("install", device, AGENT / "grub", "console=ttyS0,115200 quiet", *os_layers)
    run("sync")
    with loop_device(path, 3 << 30) as device:
        assert "grown 1\n" in tool("image", device, firmware, pack(first, "zst")).stdout
    machine = Machine(tmp_path, "-machine", "q35", "-drive", f"if=none,id=d,format=raw,file={path}",
                      "-device", "virtio-blk-pci,drive=d", uefi=firmware == "uefi")
    with machine:
        assert machine.wait_for(rb"STARTED (\w+) ", 300)[1].decode() == firmware
