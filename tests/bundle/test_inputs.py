# SPDX-License-Identifier: Apache-2.0
"""What a recipe can name, with the real tools on both sides."""
import gzip
import hashlib
import io
import json
import subprocess
import tarfile

import pytest

from workbench import docker_archive


@pytest.fixture
def images(bench):
    """One image as `docker save`, as a layout and as an archive of one."""
    bench.write("app.tar", docker_archive("registry.example/app:1", {"app": b"program" * 1000}))
    for target in ("oci:layout:1", "oci-archive:archive.tar:1"):
        subprocess.run(["skopeo", "copy", "-q", "docker-archive:app.tar", target], cwd=bench.folder, check=True)
    return ["docker-archive:app.tar", "oci:layout:1", "oci-archive:archive.tar:1"]


def test_container_images_from_anywhere(bench, images):
    lines = "".join(f"  - {{name: 'docker.io/library/app:{i}', from: '{each}'}}\n" for i, each in enumerate(images))
    bench.run("bundle", "import", bench.make(f"name: a\nversion: 1\ncontainers:\n{lines}"))
    assert len(bench.names()) == 3
    wanted = json.loads((bench.folder / "layout/index.json").read_text())["manifests"][0]["digest"]
    assert bench.names()["docker.io/library/app:1"]["digest"] == wanted


def test_skopeo_reads_the_store(bench, images):
    bench.run("bundle", "import", bench.make(
        f"name: a\nversion: 1\ncontainers: [{{name: 'docker.io/library/app:1.0', from: '{images[1]}'}}]\n"))
    subprocess.run(["skopeo", "copy", "-q", f"oci:{bench.state}/store:docker.io/library/app:1.0", "docker-archive:out.tar"],
                   cwd=bench.folder, check=True)
    with tarfile.open(bench.folder / "out.tar") as archive:
        layer = next(each for each in archive.getnames() if each.endswith(".tar") and not archive.getmember(each).issym())
        data = archive.extractfile(layer).read()
    data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    assert tarfile.open(fileobj=io.BytesIO(data)).extractfile("app").read() == b"program" * 1000


def test_plain_files_are_named_artifacts(bench):
    bench.write("notes.txt", "some notes\n")
    bench.run("bundle", "import", bench.make(
        "name: a\nversion: 1\nfiles: [{name: docs/notes.txt, source: notes.txt}]\n"))
    entry = bench.names()["docs/notes.txt"]
    manifest = bench.check(entry)
    assert manifest["artifactType"] == "application/vnd.slipway.file.v1"
    assert manifest["layers"][0]["annotations"]["org.opencontainers.image.title"] == "notes.txt"
    assert bench.blob(manifest["layers"][0]["digest"]) == b"some notes\n"


def rootfs(path):
    """A root file system with what a build leaves behind."""
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        def add(name, content=None, kind=tarfile.REGTYPE, link="", **fields):
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.mtime = kind, link, 2000000000
            info.uid, info.gid, info.uname = 1, 2, "daemon"
            info.pax_headers = fields
            info.size = len(content or b"")
            archive.addfile(info, io.BytesIO(content or b""))
        for folder in ("./", "./etc", "./etc/ssh", "./usr", "./usr/lib", "./usr/lib/systemd", "./usr/lib/systemd/system",
                       "./var", "./var/log"):
            add(folder, kind=tarfile.DIRTYPE)
        add("./lib", kind=tarfile.SYMTYPE, link="usr/lib")
        add("./etc/machine-id", b"0123\n")
        add("./etc/resolv.conf", b"nameserver 192.0.2.1\n")
        add("./etc/ssh/ssh_host_ed25519_key", b"secret")
        add("./var/log/dpkg.log", b"now")
        add("./usr/lib/a", b"content", **{"SCHILY.xattr.user.x": "y"})
        add("./usr/lib/b", kind=tarfile.LNKTYPE, link="./usr/lib/a")
        add("./usr/lib/F\u0151tan", b"x")
        add("./usr/lib/null", kind=tarfile.CHRTYPE)
        add("./usr/lib/systemd/system/x.service", b"[Install]\nWantedBy=multi-user.target\n")


ROOTFS_RECIPE = """
name: a
version: 1
images:
  - name: os/x
    rootfs_tar: root.tar
    kernel_args: [quiet, "console=ttyS0"]
    min_disk: 2G
    units: {enable: [x.service], mask: [y.timer]}
    files:
      - {path: /lib/own/file, content: "mine", mode: "0600"}
"""


def layer_of(bench, name):
    """The layer of an OS image: {path: member}, and the open archive."""
    manifest = bench.check(bench.names()[name])
    config = json.loads(bench.blob(manifest["config"]["digest"]))
    data = subprocess.run(["zstd", "-dc"], input=bench.blob(manifest["layers"][0]["digest"]), check=True,
                          capture_output=True).stdout
    assert config["rootfs"]["diff_ids"] == ["sha256:" + hashlib.sha256(data).hexdigest()]
    archive = tarfile.open(fileobj=io.BytesIO(data))
    return {each.name: each for each in archive}, archive


def test_a_root_file_system_becomes_an_image(bench):
    rootfs(bench.folder / "root.tar")
    bench.run("bundle", "import", bench.make(ROOTFS_RECIPE))
    notes = bench.names()["os/x"]["annotations"]
    assert json.loads(notes["vnd.slipway.kernel-args"]) == ["quiet", "console=ttyS0"]
    assert notes["vnd.slipway.min-disk-bytes"] == str(2 << 30)
    assert notes["vnd.slipway.kind"] == "rootfs"
    found, archive = layer_of(bench, "os/x")
    assert archive.extractfile(found["etc/machine-id"]).read() == b""
    for gone in ("etc/resolv.conf", "etc/ssh/ssh_host_ed25519_key", "var/log/dpkg.log"):
        assert gone not in found
    assert archive.extractfile(found["usr/lib/own/file"]).read() == b"mine"
    assert found["usr/lib/own/file"].mode == 0o600
    assert found["usr/lib/b"].islnk() and found["usr/lib/b"].linkname == "usr/lib/a"
    assert found["usr/lib/null"].ischr()
    assert found["usr/lib/F\u0151tan"].size == 1
    assert found["usr/lib/a"].pax_headers["SCHILY.xattr.user.x"] == "y"
    assert (found["usr/lib/a"].uid, found["usr/lib/a"].gid, found["usr/lib/a"].uname) == (1, 2, "")
    assert found["etc/systemd/system/multi-user.target.wants/x.service"].linkname == "/usr/lib/systemd/system/x.service"
    assert found["etc/systemd/system/y.timer"].linkname == "/dev/null"
    assert found["etc/systemd/system/multi-user.target.wants/ssh-host-keys.service"].issym()
    assert all(each.mtime == 0 for each in found.values())


def test_the_same_input_gives_the_same_bytes(bench, images):
    rootfs(bench.folder / "root.tar")
    recipe = ROOTFS_RECIPE + f"containers: [{{name: app, from: '{images[0]}'}}]\nfiles: [{{name: root.tar, source: root.tar}}]\n"
    for options in ((), ("--zstd",)):
        first = bench.make(recipe, "first", *options).read_bytes()
        assert bench.make(recipe, "second", *options).read_bytes() == first
    assert not list(bench.folder.glob(".*"))


def test_source_date_epoch_bounds_the_times(bench, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    rootfs(bench.folder / "root.tar")
    bench.run("bundle", "import", bench.make(ROOTFS_RECIPE))
    found, _ = layer_of(bench, "os/x")
    assert found["usr/lib/a"].mtime == 1700000000
    shown = json.loads(bench.run("bundle", "inspect", "x.bundle", "-o", "json").stdout)
    assert shown["created"] == "2023-11-14T22:13:20.000Z"
