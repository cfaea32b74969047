# SPDX-License-Identifier: Apache-2.0
"""What is no bundle, taken straight into the store on the operator's word."""
import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile

import pytest

from archives import Layout, packed, save, save_write, sha256
from workbench import docker_archive, tar_of

TAG = "org.opencontainers.image.ref.name"


def take(bench, path, *options, code=0):
    """The entries that an import tells, or its error."""
    done = bench.run("bundle", "import", "--unsigned", path, *options, "-o", "json", code=code)
    return json.loads(done.stdout)["entries"] if code == 0 else done.stderr


def blobs(bench):
    folder = bench.state / "store/blobs/sha256"
    return {each.name for each in folder.iterdir()} if folder.exists() else set()


def needed(bench):
    """Every blob that a name of the store leads to."""
    found = set()
    for each in bench.names().values():
        manifest = bench.check(each)
        found |= {part["digest"][7:] for part in [each, manifest["config"], *manifest["layers"]]}
    return found


def test_saved_images(bench):
    save_write(bench.folder / "saved.tar", {"rancher/pause:3.6": "amd64", "busybox": "amd64"})
    subprocess.run(["zstd", "-q", "saved.tar", "-o", "k3s-airgap-images-amd64.tar.zst"], cwd=bench.folder, check=True)
    for name in ("saved.tar", "k3s-airgap-images-amd64.tar.zst"):
        told = take(bench, name)
        assert {each["name"]: each["digest"] for each in told} == {name: each["digest"] for name, each in bench.names().items()}
        assert sorted(bench.names()) == ["docker.io/library/busybox:latest", "docker.io/rancher/pause:3.6"]
        assert blobs(bench) == needed(bench)  # nothing of what was in between stays
    assert json.loads(bench.run("store", "fsck", "-o", "json").stdout)["good"]
    log = (bench.state / "audit.jsonl").read_text()
    assert '"bundle.import"' in log and "saved.tar" in log and "--unsigned" in log


def test_layouts_and_their_archives(bench):
    bench.write("app.tar", docker_archive("registry.example/app:1", {"app": b"program" * 1000}))
    for target in ("oci:layout:registry.example/app:1", "oci-archive:archive.tar:registry.example/app:1"):
        subprocess.run(["skopeo", "copy", "-q", "docker-archive:app.tar", target], cwd=bench.folder, check=True)
    wanted = json.loads((bench.folder / "layout/index.json").read_text())["manifests"][0]["digest"]
    for name in ("layout", "archive.tar"):
        assert [(each["name"], each["digest"]) for each in take(bench, name)] == [("registry.example/app:1", wanted)]
    assert take(bench, "archive.tar", "--name", "other:2")[0]["name"] == "docker.io/library/other:2"
    entry = take(bench, "archive.tar", "--name", "os/app", "--os")[0]
    assert (entry["name"], entry["kind"], entry["digest"]) == ("os/app", "rootfs", wanted)
    assert blobs(bench) == needed(bench)


def test_a_haul_and_architectures(bench):
    layout = Layout(bench.folder / "haul")
    layout.name(layout.index("amd64", "arm64"), kind="dev.cosignproject.cosign/image",
                io_containerd_image_name="index.docker.io/rancher/cowsay:latest",
                org_opencontainers_image_ref_name="rancher/cowsay:latest")
    packed(bench, bench.folder / "haul", "haul.tar.zst")
    assert "s390x" in take(bench, "haul.tar.zst", "--arch", "amd64,s390x", code=7)
    assert blobs(bench) == set()
    for arch, kept in (("amd64", 1), ("amd64,arm64", 2)):
        entry = take(bench, "haul.tar.zst", "--arch", arch)[0]
        assert entry["name"] == "docker.io/rancher/cowsay:latest"
        assert len(json.loads(bench.blob(entry["digest"])).get("manifests", [0])) == kept


def rootfs(path, mode="w"):
    with tarfile.open(path, mode) as archive:
        for name, content in {"./etc/os-release": b"ID=x\n", "./usr/bin/x": b"x", "./etc/machine-id": b"1"}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_a_root_file_system(bench, mode):
    rootfs(bench.folder / "root.tar", mode)
    assert "--name os/NAME" in take(bench, "root.tar", code=2)
    entry = take(bench, "root.tar", "--name", "os/x")[0]
    assert (entry["name"], entry["kind"]) == ("os/x", "rootfs")
    manifest = bench.check(bench.names()["os/x"])
    layer = subprocess.run(["zstd", "-dc"], input=bench.blob(manifest["layers"][0]["digest"]), capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(layer.stdout)) as archive:
        assert archive.extractfile("usr/bin/x").read() == b"x" and archive.getmember("etc/machine-id").size == 0
    assert blobs(bench) == needed(bench)


@pytest.mark.parametrize("options", [(), ("-c",), ("-c", "-o", "compression_type=zstd"), ("-o", "compat=0.10"),
                                     ("-o", "cluster_size=512"), ("-c", "-o", "cluster_size=2M")])
def test_a_disk(bench, options):
    size = 24 << 20
    with open(bench.folder / "disk.raw", "wb") as file:
        file.write(b"\0" * 510 + b"\x55\xaa" + b"front" * 1000)
        file.seek(5 << 20)
        file.write(hashlib.shake_256(b"disk").digest(3 << 20))
        file.seek(size - 512)
        file.write(b"end" * 100)
        file.truncate(size)
    raw = (bench.folder / "disk.raw").read_bytes()
    subprocess.run(["qemu-img", "convert", "-O", "qcow2", *options, "disk.raw", "disk.qcow2"], cwd=bench.folder, check=True)
    for name in ("disk.raw", "disk.qcow2"):
        entry = take(bench, name, "--name", f"os/{name}")[0]
        assert entry["kind"] == "disk"
        layer = bench.check(bench.names()[f"os/{name}"])["layers"][0]["digest"]
        back = subprocess.run(["zstd", "-dc"], input=bench.blob(layer), capture_output=True, check=True).stdout
        assert back == raw
    os.truncate(bench.folder / "disk.qcow2", 1 << 20 if not options else 70000)
    assert "damaged" in take(bench, "disk.qcow2", "--name", "os/cut", code=7)


def test_what_was_signed_is_not_replaced(bench):
    bench.write("app.tar", docker_archive("registry.example/app:1", {"app": b"one"}))
    bench.run("bundle", "import", bench.make(
        "name: a\nversion: 1\ncontainers: [{name: 'registry.example/app:1', from: 'docker-archive:app.tar'}]\n"))
    before = bench.names()
    assert take(bench, "app.tar") == [] and bench.names() == before  # the same, and so it stays the bundle's
    bench.write("other.tar", docker_archive("registry.example/app:1", {"app": b"two"}))
    assert "SW-2038" in take(bench, "other.tar", code=4)
    assert bench.names() == before and blobs(bench) == needed(bench)
    bench.run("store", "rm", "registry.example/app:1")
    assert len(take(bench, "other.tar")) == 1


def test_the_word_must_be_given(bench):
    bench.write("app.tar", docker_archive("app:1", {"app": b"one"}))
    assert "--unsigned" in bench.run("bundle", "import", "app.tar", code=7).stderr
    bench.run("bundle", "import", "app.tar", "--name", "x", code=2)
    bench.run("bundle", "import", "--unsigned", "app.tar", "app.tar", code=2)
    bundle = bench.make("name: a\nversion: 1\ncontainers: [{name: app, from: 'docker-archive:app.tar'}]\n")
    assert "without --unsigned" in take(bench, bundle, code=7)
    assert not (bench.state / "store").exists() or not bench.index()


def bent(change):
    """A docker-archive in which CHANGE(files, listing) bends something."""
    files, listing = save({"app:1": "amd64"})
    change(files, listing)
    return tar_of(files | {"manifest.json": json.dumps(listing).encode()})


def special(kind, name, link=""):
    """A docker-archive with one member of another kind in front."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, link
        archive.addfile(info)
    return out.getvalue()[:512] + bent(lambda files, listing: None)


BENT = {
    "another layer": lambda files, listing: files.update({"0/layer.tar": tar_of({"own": b"other"})}),
    "a layer too many": lambda files, listing: listing[0]["Layers"].append("base/layer.tar"),
    "no layer": lambda files, listing: files.pop("0/layer.tar"),
    "no configuration": lambda files, listing: files.pop("0.json"),
    "a configuration that is none": lambda files, listing: files.update({"0.json": b"{"}),
    "a list that is none": lambda files, listing: listing.clear(),
    "a layer outside": lambda files, listing: listing[0].update(Layers=["../../etc/passwd", "/etc/passwd"]),
    "a packed layer that is none": lambda files, listing: files.update({"0/layer.tar": b"\x1f\x8b" + b"x" * 600}),
}


@pytest.mark.parametrize("name", BENT)
def test_a_bent_archive_is_refused(bench, name):
    bench.write("bent.tar", bent(BENT[name]))
    said = take(bench, "bent.tar", code=7)
    assert "Nothing was changed" in said
    assert not bench.names() and blobs(bench) == set()


@pytest.mark.parametrize("kind, name, link", [
    (tarfile.SYMTYPE, "0/layer.tar", "/etc/passwd"), (tarfile.SYMTYPE, "0.json", "../../../../etc/passwd"),
    (tarfile.LNKTYPE, "0.json", "/etc/passwd"), (tarfile.REGTYPE, "0.json", ""), (tarfile.FIFOTYPE, "blobs", ""),
    (tarfile.CHRTYPE, "x", ""), (tarfile.REGTYPE, "../escaped", ""), (tarfile.REGTYPE, "/tmp/slipway-escaped", ""),
    (tarfile.SYMTYPE, "loop", "loop")])
def test_nothing_but_blobs_is_made(bench, kind, name, link):
    """Members that an unpacker would trip over: refused, or of no effect."""
    bench.write("odd.tar", special(kind, name, link))
    done = subprocess.run([*bench.command("bundle", "import", "--unsigned", "odd.tar")], cwd=bench.folder,
                          capture_output=True, check=False, timeout=300)
    assert done.returncode in (0, 2, 7), done.stderr
    assert {each.name for each in bench.folder.iterdir()} <= {"odd.tar", "state", "site.key", "site.pub"}
    assert not os.path.exists("/tmp/slipway-escaped")
    assert blobs(bench) == needed(bench)


def cut_layout(bench):
    layout = Layout(bench.folder / "layout")
    layout.name(layout.image("amd64"), **{TAG.replace(".", "_"): "registry.example/app:1"})
    return layout


def test_damage_in_a_layout_is_named(bench):
    layout = cut_layout(bench)
    blob = max((layout.folder / "blobs/sha256").iterdir(), key=lambda each: each.stat().st_size)
    data = blob.read_bytes()
    subprocess.run(["tar", "-cf", "good.tar", "-C", "layout", "."], cwd=bench.folder, check=True)
    for wrong in (data[:-1] + b"?", data[:-1], None):
        blob.unlink()
        if wrong is not None:
            blob.write_bytes(wrong)
        subprocess.run(["tar", "-cf", "bad.tar", "-C", "layout", "."], cwd=bench.folder, check=True)
        for path in ("layout", "bad.tar"):
            assert blob.name[:12] in take(bench, path, code=7)
            assert blobs(bench) == set()
    os.mkfifo(blob)
    assert blob.name[:12] in take(bench, "layout", code=7)
    assert len(take(bench, "good.tar")) == 1


@pytest.mark.parametrize("content", [b"", b"hello world\n" * 1000, bytes(10240), gzip.compress(b"no archive"),
                                     b"QFI\xfb" + bytes(2000), tar_of({"nothing/known": b"x"})])
def test_what_is_nothing_known(bench, content):
    bench.write("thing", content)
    assert "SW-" in take(bench, "thing", "--name", "os/x", code=7)
    assert blobs(bench) == set()
    assert take(bench, "not-there", code=3)


def test_a_cut_archive(bench):
    data = bench.write("app.tar.gz", gzip.compress(docker_archive("app:1", {"app": os.urandom(300000)}))).read_bytes()
    for size in (len(data) // 3, len(data) - 9, len(data) - 4):
        bench.write("cut", data[:size])
        take(bench, "cut", code=7)
        assert blobs(bench) == set()
    assert sha256(data) and len(take(bench, "app.tar.gz")) == 1


def test_memory_is_bounded(bench):
    """What unpacks to far more than it is stays in bounds, and its layer is a blob like any other."""
    bench.write("zeros.tar.zst", subprocess.run(
        ["zstd", "-q", "-1"], input=docker_archive("zeros:1", {"z": bytes(120 << 20)}), capture_output=True, check=True).stdout)
    done = subprocess.run(["/usr/bin/time", "-f", "%M", *bench.command("bundle", "import", "--unsigned", "zeros.tar.zst")],
                          cwd=bench.folder, capture_output=True, text=True, check=True, timeout=600)
    assert int(done.stderr.splitlines()[-1]) < 64 << 10
    assert blobs(bench) == needed(bench)
