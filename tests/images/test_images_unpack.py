# SPDX-License-Identifier: Apache-2.0
"""Unpacking layers: everything a file system holds, whiteouts, damage, and layers that mean harm."""
import gzip
import os
import stat
import subprocess
import tarfile

import pytest

from rig import Layer, digest, loop_device, mounted, run, tool

CAP_NET_RAW = bytes.fromhex("0100000200200000000000000000000000000000")
ACL = bytes.fromhex("02000000" "01000600ffffffff" "02000400e8030000" "04000400ffffffff"
                    "10000400ffffffff" "20000400ffffffff")


def zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout


def unpack(folder, *layers, check=True, timeout=60):
    """Unpacks layers given as bytes; the root, and what the tool said."""
    root = folder / "root"
    root.mkdir(exist_ok=True)
    paths = []
    for index, data in enumerate(layers):
        path = folder / f"layer{index}"
        path.write_bytes(data)
        paths.append(path)
    return root, tool("unpack", root, *paths, check=check, timeout=timeout)


def tree(root):
    """All paths below a folder, with the content of plain files."""
    found = {}
    for where, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(where, name)
            info = os.lstat(path)
            key = os.path.relpath(path, root)
            found[key] = (open(path, "rb").read() if stat.S_ISREG(info.st_mode) else
                          os.readlink(path) if stat.S_ISLNK(info.st_mode) else None)
    return found


@pytest.mark.parametrize("packed", [bytes, gzip.compress, zstd])
def test_all_kinds(tmp_path, packed):
    layer = Layer()
    layer.folder("./", mode=0o755, mtime=100).folder("usr", mode=0o755).folder("usr/bin")
    layer.folder("home/u", mode=0o2750, uid=1000, gid=1001, mtime=86400)
    layer.add("usr/bin/su", data=b"#!", mode=0o4755)
    layer.add("usr/bin/ping", data=b"x", mode=0o755,
              pax={"SCHILY.xattr.security.capability": CAP_NET_RAW.decode("latin-1")})
    layer.add("etc/shadow", data=b"secret", mode=0o640, gid=42, mtime=1700000000,
              pax={"mtime": "1700000000.123456789"})
    layer.hard("etc/shadow-", "etc/shadow").link("bin", "usr/bin")
    layer.add("dev/null", tarfile.CHRTYPE, device=(1, 3), mode=0o666)
    layer.add("dev/sda", tarfile.BLKTYPE, device=(8, 0), mode=0o660)
    layer.add("run/pipe", tarfile.FIFOTYPE, mode=0o600)
    layer.add("big-id", uid=4000000, gid=3000000)
    layer.add("n" * 200 + "/" + "m" * 200, data=b"long")
    layer.add("umläut-\udcff", data=b"raw")
    root, _ = unpack(tmp_path, packed(layer.bytes()))
    stats = {name: os.lstat(root / name) for name in
             ("usr/bin/su", "etc/shadow", "etc/shadow-", "dev/null", "dev/sda", "run/pipe", "home/u",
              "big-id", ".")}
    assert stat.S_IMODE(stats["usr/bin/su"].st_mode) == 0o4755
    assert (stats["etc/shadow"].st_gid, stats["etc/shadow"].st_nlink) == (42, 2)
    assert stats["etc/shadow"].st_ino == stats["etc/shadow-"].st_ino
    assert stats["etc/shadow"].st_mtime_ns == 1700000000123456789
    assert stat.S_ISCHR(stats["dev/null"].st_mode) and stats["dev/null"].st_rdev == os.makedev(1, 3)
    assert stat.S_ISBLK(stats["dev/sda"].st_mode) and stats["dev/sda"].st_rdev == os.makedev(8, 0)
    assert stat.S_ISFIFO(stats["run/pipe"].st_mode)
    assert stat.S_IMODE(stats["home/u"].st_mode) == 0o2750
    assert (stats["home/u"].st_uid, stats["home/u"].st_mtime) == (1000, 86400)
    assert (stats["big-id"].st_uid, stats["big-id"].st_gid) == (4000000, 3000000)
    assert stats["."].st_mtime == 100
    assert os.getxattr(root / "usr/bin/ping", "security.capability") == CAP_NET_RAW
    assert (root / ("n" * 200) / ("m" * 200)).read_bytes() == b"long"
    assert (root / "umläut-\udcff").read_bytes() == b"raw"
    assert os.readlink(root / "bin") == "usr/bin"


def test_as_tar_makes_it(tmp_path):
    """ACLs, extended attributes and holes as GNU tar writes them: with names, and as attributes."""
    source = tmp_path / "source"
    source.mkdir()
    with open(source / "holes", "wb") as f:
        f.seek(8 << 20)
        f.write(b"end")
    (source / "acl").write_text("x")
    os.setxattr(source / "acl", "system.posix_acl_access", ACL)
    os.setxattr(source / "acl", "user.note", b"kept")
    run("tar", "-C", source, "-cSf", tmp_path / "made.tar", "--acls", "--xattrs", "--format=pax", ".")
    root, _ = unpack(tmp_path, (tmp_path / "made.tar").read_bytes())
    assert os.getxattr(root / "acl", "system.posix_acl_access") == ACL
    assert os.getxattr(root / "acl", "user.note") == b"kept"
    assert (root / "holes").stat().st_size == (8 << 20) + 3
    assert (root / "holes").stat().st_blocks < 100


def test_names_in_acls_are_the_images_own(tmp_path):
    text = "user::rw-,user:dora:r--,group::r--,mask::r--,other::r--"
    layer = Layer().add("etc/passwd", data=b"root:x:0:0::/:\ndora:x:1000:1000::/:\n")
    layer.add("acl", pax={"SCHILY.acl.access": text})
    root, _ = unpack(tmp_path, layer.bytes())
    assert os.getxattr(root / "acl", "system.posix_acl_access") == ACL
    _, done = unpack(tmp_path, Layer().add("b", pax={"SCHILY.acl.access": text.replace("dora", "no")})
                     .bytes(), check=False)
    assert done.stderr.startswith("SW-3011 ")


LOWER = (Layer().folder("d").folder("d/sub").add("d/a", data=b"1").add("d/b", data=b"2")
         .add("d/sub/c", data=b"3").link("lib", "usr/lib").folder("usr/lib").add("f", data=b"4")
         .folder("e").add("e/x", data=b"5").bytes())
BASE = {"d": None, "d/sub": None, "d/a": b"1", "d/b": b"2", "d/sub/c": b"3", "lib": "usr/lib",
        "usr": None, "usr/lib": None, "f": b"4", "e": None, "e/x": b"5"}


def without(*gone, **more):
    return {k: v for k, v in BASE.items() if k not in gone} | more


@pytest.mark.parametrize("upper,after", [
    (Layer().add("d/.wh.a"), without("d/a")),
    (Layer().add(".wh.d"), without("d", "d/sub", "d/a", "d/b", "d/sub/c")),
    (Layer().add("d/.wh..wh..opq"), without("d/sub", "d/a", "d/b", "d/sub/c")),
    # A whiteout hides what is below, never what its own layer brings, in whatever order.
    (Layer().add("d/a", data=b"n").add("d/.wh.a"), without(**{"d/a": b"n"})),
    (Layer().add("d/n", data=b"n").add("d/.wh..wh..opq"),
     without("d/sub", "d/a", "d/b", "d/sub/c", **{"d/n": b"n"})),
    (Layer().add("d/.wh..wh..opq").add("d/n", data=b"n"),
     without("d/sub", "d/a", "d/b", "d/sub/c", **{"d/n": b"n"})),
    (Layer().folder("d/sub").add("d/sub/n", data=b"n").add("d/.wh..wh..opq"),
     without("d/a", "d/b", "d/sub/c", **{"d/sub/n": b"n"})),
    (Layer().folder("d").add("d/n", data=b"n").add(".wh.d"),
     without("d/sub", "d/a", "d/b", "d/sub/c", **{"d/n": b"n"})),
    (Layer().add(".wh..wh..opq").add("n", data=b"n"), {"n": b"n"}),
    (Layer().add("d/.wh.absent").add("nowhere/.wh.x"), BASE),
    (Layer().add(".wh..wh.aufs"), BASE),
    # Another kind replaces what a lower layer has; a folder joins a folder.
    (Layer().add("d", data=b"file"), without("d/sub", "d/a", "d/b", "d/sub/c", d=b"file")),
    (Layer().folder("f"), without(f=None)),
    (Layer().link("e", "d"), without("e/x", e="d")),
    (Layer().folder("lib").add("lib/n", data=b"n"), without(lib=None, **{"lib/n": b"n"})),
    (Layer().folder("d").add("d/n", data=b"n"), without(**{"d/n": b"n"})),
    # A merged /usr: the link is followed where a layer only puts something below it.
    (Layer().add("lib/n", data=b"n"), without(**{"usr/lib/n": b"n"})),
    (Layer().add("f", data=b"one").add("f", data=b"two"), without(f=b"two")),
    (Layer().hard("g", "d/a"), without(g=b"1")),
])
def test_layers_upon_each_other(tmp_path, upper, after):
    root, _ = unpack(tmp_path, LOWER, upper.bytes())
    assert tree(root) == after


def test_whiteout_in_the_lowest_layer(tmp_path):
    root, _ = unpack(tmp_path, Layer().add("a", data=b"1").add(".wh.a").add(".wh..wh..opq").bytes())
    assert tree(root) == {"a": b"1"}


def test_damage_is_named(tmp_path):
    good = gzip.compress(Layer().add("a", data=os.urandom(300000)).bytes())
    path, root = tmp_path / "layer", tmp_path / "root"
    root.mkdir()
    for at in (0, 10, 4000, len(good) // 2, len(good) - 1):
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
        done = tool("unpack", root, f"{path}@{digest(good)}", check=False)
        assert done.stderr.startswith("SW-3010 layer 1, sha256:"), done.stderr
    for data in (good[:-8], good[:1000], b"", b"\0" * 100, b"PK\3\4" + bytes(1000)):
        path.write_bytes(data)
        done = tool("unpack", root, path, check=False)
        assert done.returncode == 0 or done.stderr.startswith("SW-3011 layer 1"), done.stderr
        assert done.returncode == 1 or data in (b"", b"\0" * 100)


def test_second_layer_is_named(tmp_path):
    _, done = unpack(tmp_path, LOWER, Layer().add("../x").bytes(), check=False)
    assert done.stderr.startswith("SW-3011 layer 2, sha256:")


def test_full_disk(tmp_path):
    image = tmp_path / "small"
    with open(image, "wb") as f:
        f.truncate(16 << 20)
    run("mkfs.ext4", "-q", image)
    layer = Layer().add("big", data=os.urandom(30 << 20)).save(tmp_path / "layer")
    with loop_device(image) as device, mounted(device, tmp_path / "root", "rw") as root:
        done = tool("unpack", root, layer, check=False)
    assert done.stderr.startswith("SW-3013 layer 1") and "full at 'big'" in done.stderr


def hostile():
    """Layers that try to get out, to hang or to fill the memory; each may fail or come to nothing."""
    out = "../" * 8
    file, hard, sym = tarfile.REGTYPE, tarfile.LNKTYPE, tarfile.SYMTYPE
    for name in (out + "tmp/OUT", "/OUT", "a/../../OUT", "./../OUT", "..", "a/..", "//OUT", "/../OUT"):
        yield Layer().add(name, file, data=b"x")
        yield Layer().folder(name)
        yield Layer().add(name, sym, link="/etc/passwd")
        yield Layer().add(name, tarfile.FIFOTYPE)
    for to in ("/CANARY", "..", "/", out + "CANARY", "/proc/self/root", "/proc/1/root",
               "/proc/self/cwd", "/dev/fd/0"):
        yield Layer().link("l", to).add("l/OUT", data=b"x")
        yield Layer().link("l", to).add("l", data=b"x")
        yield Layer().link("l", to).folder("l").add("l/OUT", data=b"x")
        yield Layer().link("l", to).add("l/.wh..wh..opq")
        yield Layer().link("l", to).add(".wh.l")
        yield Layer().add("h", hard, link=to)
        yield Layer().add("h", hard, link=to, data=b"overwritten")
        yield Layer().link("l", to).add("h", hard, link="l", data=b"overwritten")
        yield Layer().link("l", to).add("h", hard, link="l/etc/passwd", data=b"overwritten")
    for name in (".wh.", ".wh..", ".wh...", "a/.wh...", ".wh./x", ".wh.../x", ".wh.a/../../OUT"):
        yield Layer().add(name)
    for kind, device in ((tarfile.BLKTYPE, (7, 7)), (tarfile.CHRTYPE, (1, 1)), (tarfile.FIFOTYPE, (0, 0))):
        yield Layer().add("n", kind, device=device).hard("m", "n", data=b"through a link")
        yield Layer().add("n", kind, device=device).add("n", data=b"in its place")
        yield Layer().add("n", kind, device=device, size=10, data=b"0123456789")
        yield Layer().add("n", kind, device=device).link("m", "n").add("m", data=b"through a link")
    yield Layer().hard("self", "self")
    yield Layer().hard("a", "b").hard("b", "a")
    yield Layer().add("x", data=b"1").add("x/y", data=b"2")
    yield Layer().link("loop", "loop").add("loop/x", data=b"1")
    yield Layer().add("p", pax={"path": "../../OUT"})
    yield Layer().add("p", pax={"path": "/OUT\0x"})
    yield Layer().add("p", sym, link="q", pax={"linkpath": "/CANARY"})
    yield Layer().add("p", pax={"size": "99999999999999"})
    yield Layer().add("p", pax={"size": "-1"})
    yield Layer().add("p", pax={"GNU.sparse.map": "0,1," * 1000, "GNU.sparse.size": "1"})
    yield Layer().add("p", pax={"GNU.sparse.major": "1", "GNU.sparse.minor": "0",
                                "GNU.sparse.name": "../OUT", "GNU.sparse.realsize": "9" * 18})
    yield Layer().add("p", pax={"SCHILY.xattr.trusted.overlay.opaque": "y"})
    yield Layer().add("p", pax={"SCHILY.xattr.security.selinux": "x"})
    yield Layer().add("p", pax={"SCHILY.xattr.user." + "n" * 300: "x"})
    yield Layer().add("p", pax={"SCHILY.acl.access": "user::rwx,user:nobody:rwx,\0" * 1000})
    yield Layer().add("p", pax={"SCHILY.dev": "9" * 400, "uid": "-5", "mtime": "9" * 40})
    yield Layer().add("d/" * 3000 + "x", data=b"deep")
    yield Layer().add("n" * 5000, data=b"long")
    yield Layer(tarfile.GNU_FORMAT).add("L" * 70000, data=b"long")


CASES = list(hostile())


def test_enough_cases():
    assert len(CASES) >= 60


@pytest.mark.parametrize("case", range(len(CASES)))
def test_hostile_layer_stays_in(tmp_path, case):
    canary = tmp_path / "canary"
    canary.mkdir()
    (canary / "file").write_bytes(b"as it was")
    before = (tree(canary), os.stat("/etc/passwd"), os.stat("/dev/null").st_rdev)
    data = CASES[case].bytes()
    names = {"root", "canary", "layer0", "layer1"}
    _, done = unpack(tmp_path, LOWER, data, check=False, timeout=120)
    assert done.returncode in (0, 1)
    assert done.returncode == 0 or done.stderr.startswith("SW-3011 "), done.stderr
    assert "died" not in done.stderr
    after = (tree(canary), os.stat("/etc/passwd"), os.stat("/dev/null").st_rdev)
    assert after[0] == before[0] and after[2] == before[2]
    assert (after[1].st_ino, after[1].st_mtime) == (before[1].st_ino, before[1].st_mtime)
    assert set(os.listdir(tmp_path)) <= names
    assert not os.path.exists("/OUT") and not os.path.exists("/tmp/OUT") and not os.path.exists("/CANARY")
    assert run("findmnt", "--noheadings", "--raw", tmp_path / "root", check=False).stdout == ""


def test_bomb_is_bounded_by_the_disk(tmp_path):
    """Gigabytes of zeros in kilobytes end with the file system, not with the memory."""
    image = tmp_path / "small"
    with open(image, "wb") as f:
        f.truncate(64 << 20)
    run("mkfs.ext4", "-q", image)
    head = tarfile.TarInfo("zeros")
    head.size = 1 << 30
    (tmp_path / "head").write_bytes(head.tobuf())
    packed = subprocess.run("head -c 1073741824 /dev/zero | cat head - | zstd -q -1 -c", shell=True,
                            cwd=tmp_path, check=True, capture_output=True).stdout
    assert len(packed) < 1 << 20
    (tmp_path / "layer").write_bytes(packed)
    with loop_device(image) as device, mounted(device, tmp_path / "root", "rw") as root:
        done = tool("unpack", root, tmp_path / "layer", check=False)
    assert done.stderr.startswith("SW-3013 ")
