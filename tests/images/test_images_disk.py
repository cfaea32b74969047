# SPDX-License-Identifier: Apache-2.0
"""Installing onto disks: what is on them after, before, and in the middle."""
import re

import pytest

from rig import AGENT, Layer, Machine, loop_device, mounted, picture, run, static_init, tool

GIB = 1 << 30


@pytest.fixture(scope="module", name="os_layers")
def make_os_layers(tmp_path_factory):
    """A tiny operating system in two layers: a kernel, and an initrd that says it was started."""
    folder = tmp_path_factory.mktemp("os")
    base = Layer().folder("boot").folder("etc").folder("dev").folder("usr").link("lib", "usr/lib")
    base.add("boot/vmlinuz-6.1.0-test", data=(AGENT / "vmlinuz").read_bytes())
    base.add("etc/hostname", data=b"image\n")
    top = Layer().add("boot/initrd.img-6.1.0-test", data=static_init(folder))
    return base.save(folder / "base.tar"), top.save(folder / "top.tar")


def install(device, layers, args="console=ttyS0", verb="install", layout=None, check=True):
    spec = [f"layout={layout}"] if layout else []
    return tool(*spec, verb, device, AGENT / "grub", args, *layers, check=check)


def result_of(done):
    return dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)


@pytest.mark.parametrize("sector", [512, 4096])
def test_what_is_on_the_disk(tmp_path, os_layers, sector):
    with loop_device(tmp_path / "disk", 3 * GIB, sector) as device:
        if sector == 4096:
            refused = install(device, os_layers, check=False)
            assert refused.stderr.startswith("SW-3009 ")
            assert (tmp_path / "disk").stat().st_blocks == 0
        done = install(device, os_layers, verb="install" if sector == 512 else "install-uefi")
        result = result_of(done)
        assert "No problems found" in run("sgdisk", "--verify", device).stdout
        table = run("sgdisk", "--print", device).stdout
        assert re.search(r"1 .* EF02 .*slipway-bios", table)
        assert re.search(r"2 .* EF00 .*slipway-esp", table)
        assert re.search(r"3 .* 8304 .*slipway-root", table)
        assert run("blkid", "--probe", "-o", "value", "-s", "UUID",
                   f"{device}p3").stdout.strip() == result["root_uuid"]
        run("fsck.ext4", "-fn", f"{device}p3")
        run("fsck.vfat", "-n", f"{device}p2")
        listing = run("mdir", "-i", f"{device}p2", "::/EFI/BOOT").stdout
        assert "BOOTX64  EFI" in listing
        with mounted(f"{device}p3", tmp_path / "root") as root:
            assert (root / "etc/hostname").read_text() == "r1\n"
            assert re.fullmatch("[0-9a-f]{32}\n", (root / "etc/machine-id").read_text())
            fstab = (root / "etc/fstab").read_text()
            assert f"UUID={result['root_uuid']} / ext4" in fstab
            assert result["cmdline"] == f"root=UUID={result['root_uuid']} ro panic=30 console=ttyS0"
            assert "vmlinuz-6.1.0-test" in (root / "boot/grub/grub.cfg").read_text()


def test_volumes(tmp_path, os_layers):
    """XFS as the root, an ext4 and an XFS below it: files where they belong, GRUB reads its own, fstab names all."""
    path = tmp_path / "disk"
    data = Layer().folder("var").folder("var/lib").folder("srv", mode=0o750)
    data.add("var/lib/below", data=b"in var\n").add("srv/here", data=b"in srv\n")
    layers = [*os_layers, data.save(tmp_path / "data.tar")]
    with loop_device(path, 4 * GIB) as device:
        install(device, layers, layout=f"/:xfs:{GIB},/var:ext4:{600 << 20},/srv:xfs:0")
        table = run("sgdisk", "--print", device).stdout
        assert "No problems found" in run("sgdisk", "--verify", device).stdout
        assert re.search(r"3 .* 1024.0 MiB .*8304 .*slipway-root", table)
        assert re.search(r"4 .* 600.0 MiB .*8300 .*slipway-var", table)
        assert re.search(r"5 .*8300 .*slipway-srv", table)
        kinds = {n: run("blkid", "--probe", "-o", "value", "-s", "TYPE", f"{device}p{n}").stdout.strip()
                 for n in (3, 4, 5)}
        assert kinds == {3: "xfs", 4: "ext4", 5: "xfs"}
        with mounted(f"{device}p3", tmp_path / "root") as root:
            fstab = (root / "etc/fstab").read_text()
            assert re.search(r"UUID=\S+ / xfs defaults 0 0\n", fstab)
            assert re.search(r"UUID=\S+ /var ext4 defaults 0 2\n", fstab)
            assert re.search(r"UUID=\S+ /srv xfs defaults 0 0\n", fstab)
            assert not list((root / "var").iterdir())
        with mounted(f"{device}p4", tmp_path / "var") as var:
            assert (var / "lib/below").read_text() == "in var\n"
        with mounted(f"{device}p5", tmp_path / "srv") as srv:
            assert (srv / "here").read_text() == "in srv\n"
            assert srv.stat().st_mode & 0o7777 == 0o750
        assert "menuentry" in run("grub-fstest", path, "cat", "(loop0,gpt3)/boot/grub/grub.cfg").stdout


@pytest.mark.parametrize("size,sector", [(300 << 20, 512), (300 << 20, 4096), (333 << 20, 512)])
def test_esp_by_other_eyes(tmp_path, size, sector):
    esp, loader = tmp_path / "esp", tmp_path / "loader"
    loader.write_bytes(bytes(range(256)) * 2500)
    tool("esp", esp, size, sector, loader)
    run("fsck.vfat", "-n", esp)
    if sector == 512:
        run("mcopy", "-i", esp, "::/EFI/BOOT/BOOTX64.EFI", tmp_path / "copy")
        assert (tmp_path / "copy").read_bytes() == loader.read_bytes()


def test_power_cut_leaves_nothing_to_start(tmp_path, os_layers):
    """Stopped dead after the unpacking: no signature, no table; the next installation succeeds."""
    path = tmp_path / "disk"
    with loop_device(path, 3 * GIB) as device:
        run("sgdisk", "--new", "1:0:+100M", "--new", "2:0:0", device)
        run("partx", "--update", device)
        run("mkfs.ext4", "-q", f"{device}p2")
        try:
            install(device, os_layers, verb="begin")
        finally:
            run("umount", "/run/slipway/target")
        run("sync")
        with open(path, "rb") as disk:
            assert disk.read(1 << 20) == bytes(1 << 20)
            disk.seek(-(1 << 20), 2)
            assert disk.read() == bytes(1 << 20)
        assert run("blkid", "--probe", device, check=False).returncode == 2
        install(device, os_layers)
        assert "No problems found" in run("sgdisk", "--verify", device).stdout


def test_old_signatures_are_gone(tmp_path, os_layers):
    """What ended where our root ends would be found beside it, and udev would believe neither."""
    path = tmp_path / "disk"
    with loop_device(path, 3 * GIB) as device:
        with open(device, "r+b") as disk:
            disk.seek(302 << 20)  # LVM at the start of the root partition
            disk.write(bytes(512) + b"LABELONE" + bytes(16) + b"LVM2 001")
            disk.seek(3 * GIB - (1 << 20) - 8192)  # RAID at its end
            disk.write(bytes.fromhex("fc4e2ba901000000") + bytes(248))
        install(device, os_layers)
        assert "ambivalent" not in run("blkid", "--probe", f"{device}p3").stderr
        found = run("wipefs", "--noheadings", "--output", "TYPE", f"{device}p3").stdout.split()
        assert found == ["ext4"]


def test_disk_in_use_is_left_alone(tmp_path, os_layers):
    path = tmp_path / "disk"
    with loop_device(path, 3 * GIB) as device:
        run("sgdisk", "--new", "1:0:0", device)
        run("partx", "--update", device)
        run("mkfs.ext4", "-q", f"{device}p1")
        with mounted(f"{device}p1", tmp_path / "mnt"):
            before = picture(path)
            done = install(device, os_layers, check=False)
            assert done.stderr.startswith("SW-3007 ")
            assert "in use" in done.stderr
            assert picture(path) == before


def test_image_without_what_its_volumes_need(tmp_path, os_layers):
    """A kernel without XFS is not put onto it, and nothing that was written starts."""
    bare = Layer().folder("usr/lib").folder("usr/lib/modules").folder("usr/lib/modules/6.1.0-test")
    layers = [*os_layers, bare.save(tmp_path / "bare.tar")]
    with loop_device(tmp_path / "disk", 3 * GIB) as device:
        done = install(device, layers, layout="/:xfs:0", check=False)
        assert done.returncode == 1 and done.stderr.startswith("SW-3015 "), done.stderr
        assert run("blkid", "--probe", device, check=False).returncode == 2


@pytest.mark.parametrize("size,args,layer,code", [
    (1 * GIB, "", None, "SW-3008"),
    (3 * GIB, "", "none", "SW-3012"),
    (3 * GIB, "a'b", None, "SW-3014"),
    (3 * GIB, "", "wrong", "SW-3010"),
])
def test_refusals_leave_nothing_bootable(tmp_path, os_layers, size, args, layer, code):
    layers = list(os_layers)
    if layer == "none":
        layers = [Layer().folder("etc").save(tmp_path / "none.tar")]
    if layer == "wrong":
        layers[0] = f"{layers[0]}@sha256:{'0' * 64}"
    with loop_device(tmp_path / "disk", size) as device:
        done = install(device, layers, args, check=False)
        assert done.returncode == 1
        assert done.stderr.startswith(code + " "), done.stderr
        assert run("blkid", "--probe", device, check=False).returncode == 2
        assert run("findmnt", "/run/slipway/target", check=False).returncode == 1


def upgrade(root):
    """What a kernel package of Debian leaves once the old kernel is removed."""
    (root / "boot/vmlinuz-6.1.0-test").rename(root / "boot/vmlinuz-6.2.0-test")
    (root / "boot/initrd.img-6.1.0-test").rename(root / "boot/initrd.img-6.2.0-test")
    (root / "vmlinuz").symlink_to("boot/vmlinuz-6.2.0-test")
    (root / "initrd.img").symlink_to("boot/initrd.img-6.2.0-test")


@pytest.mark.parametrize("firmware,bus,sector,upgraded", [
    ("bios", "virtio-blk-pci", 512, True),
    ("uefi", "virtio-blk-pci", 4096, False),
])
def test_starts_by_itself(tmp_path, os_layers, firmware, bus, sector, upgraded):
    path = tmp_path / "disk"
    with loop_device(path, 3 * GIB, sector) as device:
        install(device, os_layers, "console=ttyS0,115200 quiet",
                verb="install" if firmware == "bios" else "install-uefi")
        if upgraded:
            with mounted(f"{device}p3", tmp_path / "root", "rw") as root:
                upgrade(root)
        run("sync")
    machine = Machine(tmp_path, "-machine", "q35", "-drive", f"if=none,id=d,format=raw,file={path}",
                      "-device", f"{bus},drive=d,logical_block_size={sector},physical_block_size={sector}",
                      uefi=firmware == "uefi")
    with machine:
        found = machine.wait_for(rb"STARTED (\w+) (.*?)\r?\n", 300)
    assert found[1].decode() == firmware
    assert re.search(rb"root=UUID=[0-9a-f-]{36} ro panic=30 console=ttyS0,115200 quiet", found[2])
    assert (b"BOOT_IMAGE=/vmlinuz " in found[2]) == upgraded
