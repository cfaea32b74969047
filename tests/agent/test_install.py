# SPDX-License-Identifier: Apache-2.0
"""A plan carried out on a loop device: the disk named first, the layers, the join, the reports. Needs root."""
import base64
import gzip
import io
import json
import pathlib
import subprocess
import tarfile

import pytest

from agent.peer import openssl
from lab.process import poll_until

GRUB = pathlib.Path(__file__).resolve().parents[2] / "build/agent/grub"
SIZE = 2 << 30


def layer(files):
    """A gzip layer of regular files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(out.getvalue(), mtime=0)


def add_image(peer, kernel=b"K" * 70000, initrd=b"I" * 500):
    """A made-up OS of two layers; returns its manifest's digest and the layers' digests."""
    layers = [layer({"boot/vmlinuz-6.1.0-1-amd64": kernel, "boot/initrd.img-6.1.0-1-amd64": initrd,
                     "etc/os-release": b"ID=x\n", "usr/lib/noise": bytes(range(256)) * 4000}),
              layer({"etc/os-release": b"ID=made-up\n"})]
    digests = [peer.add_blob(data) for data in layers]
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "size": 2,
                           "digest": peer.add_blob(b"{}")},
                "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest,
                            "size": len(data)} for digest, data in zip(digests, layers)],
                "annotations": {"vnd.slipway.kernel-args": '["from-image"]',
                                "vnd.slipway.architecture": "amd64"}}
    return peer.add_blob(json.dumps(manifest).encode()), digests


def text_file(path, text, **more):
    return {"path": path, "mode": 0o644, "uid": 0, "gid": 0,
            "content_base64": base64.b64encode(text.encode()).decode(), **more}


def make_plan(manifest, **changes):
    plan = {"id": "m-1-1", "machine": "m-1", "hostname": "r1",
            "image": {"name": "made-up", "repository": "os/made-up", "manifest": manifest, "kind": "rootfs",
                      "size_bytes": 0},
            "disk": {"min_bytes": 0, "bus": [], "model": "", "serial": "", "wwn": "", "select": "first",
                     "allow_removable": False, "overwrite": [], "resume": ""},
            "kernel_args": ["console=ttyS0"], "boot": "reboot", "csr": None,
            "files": [text_file("/etc/motd", "hello\n")]}
    return {"seq": 1, "state": "approved", "message": "", "plan": {**plan, **changes}}


@pytest.fixture
def disk(machine):
    """A blank virtio disk of the made-up machine, which is a loop device."""
    path = machine.root / "disk"
    with open(path, "wb") as file:
        file.truncate(SIZE)
    device = subprocess.run(["losetup", "--find", "--show", "--partscan", path], check=True, capture_output=True,
                            text=True).stdout.strip()
    machine.write("sys/block/vda/size", f"{SIZE // 512}\n")
    machine.write("sys/block/vda/serial", "made-up-disk\n")
    machine.write("sys/devices/pci0000:00/0000:00:05.0/virtio1/uevent", "")
    (machine.root / "sys/block/vda/device").symlink_to("../../devices/pci0000:00/0000:00:05.0/virtio1")
    (machine.root / "dev").mkdir()
    (machine.root / "dev/vda").symlink_to(device)
    yield device
    machine.stop()
    subprocess.run(["losetup", "--detach", device], check=False, capture_output=True)  # a test may have done so


@pytest.fixture
def root(machine, disk, tmp_path):
    """Mounts what was installed once the agent has left, for as long as a test looks at it."""
    at = tmp_path / "root"
    at.mkdir()
    views = []

    def mount():
        assert machine.process.wait(timeout=120) == 0
        subprocess.run(["losetup", "--detach", disk], check=True)
        file = machine.root / "disk"
        # The kernel lets go of the file system, and closes it cleanly, a moment after its last user has ended.
        poll_until(lambda: not subprocess.run(["losetup", "--associated", file], check=True,
                                              capture_output=True).stdout, 60, "the disk is released")
        table = json.loads(subprocess.run(["sfdisk", "--json", file], check=True, capture_output=True).stdout)
        start = table["partitiontable"]["partitions"][-1]["start"] * 512
        # A device of its own: the disk's is detached by the kernel when its last user is gone, and
        # mount -o loop refuses to stand beside it.
        views.append(subprocess.run(["losetup", "--find", "--show", "--read-only", "--offset", str(start), file],
                                    check=True, capture_output=True, text=True).stdout.strip())
        subprocess.run(["mount", "-o", "ro", views[0], at], check=True)
        return at
    yield mount
    subprocess.run(["umount", at], check=False, capture_output=True)
    for view in views:
        subprocess.run(["losetup", "--detach", view], check=False, capture_output=True)


def head_of(path):
    with open(path, "rb") as file:
        return file.read(64 << 20)


def start(machine, peer):
    machine.start(*peer.arguments(), "--grub", str(GRUB))


def sign(peer, csr):
    """The cluster's answer to a request."""
    (peer.folder / "csr").write_text(csr)
    return openssl("x509", "-req", "-in", peer.folder / "csr", "-CA", peer.folder / "tls.crt", "-CAkey",
                   peer.folder / "tls.key", "-days", "1").decode()


def test_installs_and_joins(peer, machine, disk, root):
    manifest, layers = add_image(peer)
    peer.plan = make_plan(manifest, csr={"common_name": "system:node:r1", "organization": "system:nodes"})
    peer.certificate_after = 2
    peer.on_csr = lambda csr: [text_file("/etc/kubernetes/ca.crt", "CA\n"),
                               text_file("/var/lib/kubelet/pki/kubelet-client-current.pem", sign(peer, csr),
                                         agent_key="kubelet-pem")]
    start(machine, peer)
    peer.wait(lambda: peer.installed, timeout_s=120)
    at = root()
    assert peer.installed["layers"] == layers
    assert peer.installed["boot"] == "reboot"
    assert peer.installed["disk"]["serial"] == "made-up-disk"
    claims = [report["disk"] for report in peer.reports]
    assert claims[0] == "made-up-disk"
    assert [report["status"] for report in peer.reports][-1] == "done"
    assert (at / "etc/os-release").read_text() == "ID=made-up\n"
    assert (at / "etc/motd").read_text() == "hello\n"
    assert json.loads((at / "var/lib/slipway/receipt.json").read_text()) == peer.installed["receipt"]
    assert (at / "etc/hostname").read_text() == "r1\n"
    assert "'from-image' 'console=ttyS0'" in (at / "boot/grub/grub.cfg").read_text()
    pem = at / "var/lib/kubelet/pki/kubelet-client-current.pem"
    assert pem.stat().st_mode & 0o777 == 0o600
    public = openssl("x509", "-in", pem, "-pubkey", "-noout")
    assert openssl("pkey", "-in", pem, "-pubout") == public
    assert "PRIVATE KEY" not in machine.said


def test_a_dropped_connection_is_taken_up_where_it_broke(peer, machine, disk, root):
    manifest, layers = add_image(peer)
    peer.plan = make_plan(manifest)
    peer.cut = 3
    start(machine, peer)
    peer.wait(lambda: peer.installed, timeout_s=120)
    ranges = [r for path, r in peer.fetched if layers[0] in path]
    assert ranges[0] is None and len(ranges) == 4
    starts = [int(r[6:-1]) for r in ranges[1:]]
    assert starts == sorted(starts) and starts[0] > 0
    assert (root() / "etc/os-release").read_text() == "ID=made-up\n"


def test_an_appliance_that_restarts_does_not_matter(peer, machine, disk):
    manifest, layers = add_image(peer)
    peer.plan = make_plan(manifest)
    peer.on_report = lambda: setattr(peer, "token", "forgotten") if len(peer.reports) == 1 else None
    start(machine, peer)
    peer.wait(lambda: peer.installed, timeout_s=120)
    assert len(peer.enrolled) == 2


def test_wrong_bytes_are_named_by_layer(peer, machine, disk):
    manifest, layers = add_image(peer)
    good = peer.blobs[layers[1]]
    peer.blobs[layers[1]] = good[:-1] + bytes([good[-1] ^ 1])
    peer.plan = make_plan(manifest)
    start(machine, peer)
    peer.wait(lambda: peer.reports and peer.reports[-1]["status"] == "failed", timeout_s=120)
    assert peer.reports[-1]["code"] == "SW-3010"
    assert layers[1] in peer.reports[-1]["detail"]
    table = subprocess.run(["sfdisk", "--json", disk], capture_output=True).stdout
    assert table == b"" or b"gpt" not in table  # nothing boots half an OS
    peer.blobs[layers[1]] = good
    peer.plan = {**make_plan(manifest), "seq": 2}
    peer.plan["plan"]["disk"]["resume"] = "made-up-disk"
    peer.wait(lambda: peer.installed, timeout_s=120)


def test_a_disk_that_holds_data_is_left_alone(peer, machine, disk):
    subprocess.run(["mkfs.ext4", "-q", disk], check=True)
    before = head_of(disk)
    manifest, _ = add_image(peer)
    peer.plan = make_plan(manifest)
    start(machine, peer)
    peer.wait(lambda: peer.reports, timeout_s=120)
    assert peer.enrolled[0][1]["disks"][0]["holds"] == ["ext4"]
    assert peer.reports[0]["code"] == "SW-3006"
    assert head_of(disk) == before


def test_what_a_disk_held_is_sent_before_it_is_written(peer, machine, disk):
    """Nothing is written while the appliance does not take it."""
    subprocess.run(["mkfs.ext4", "-q", disk], check=True)
    before = head_of(disk)
    manifest, _ = add_image(peer)
    peer.plan = make_plan(manifest)
    peer.plan["plan"]["disk"]["overwrite"] = ["made-up-disk"]
    peer.undo_refusal = {"title": "no room", "status": 422, "code": "SW-5013"}
    start(machine, peer)
    peer.wait(lambda: peer.reports and peer.reports[-1]["status"] == "failed", timeout_s=120)
    assert peer.reports[-1]["code"] == "SW-3019"
    assert head_of(disk) == before
    peer.undo_refusal = None
    peer.plan = {**peer.plan, "seq": 2}
    peer.wait(lambda: peer.installed, timeout_s=120)
    header, frame = peer.undo.split(b"\n", 1)
    header = json.loads(header)
    assert header["whole"] and header["disk"]["holds"] == ["ext4"]
    assert header["ranges"] == [[0, 4 << 20], [SIZE - (1 << 20), 1 << 20]]
    raw = subprocess.run(["zstd", "-dc"], input=frame, capture_output=True, check=True).stdout
    assert raw[:4 << 20] == before[:4 << 20] and len(raw) == 5 << 20


def test_the_appliance_can_stop_it(peer, machine, disk):
    manifest, _ = add_image(peer)
    peer.plan = make_plan(manifest)
    peer.abort = True
    start(machine, peer)
    peer.wait(lambda: peer.reports and peer.reports[-1]["status"] == "failed", timeout_s=120)
    assert peer.reports[-1]["code"] == "SW-3020"
    assert not peer.fetched or all("/blobs/" not in path for path, _ in peer.fetched)


def test_a_certificate_for_another_key_is_refused(peer, machine, disk):
    manifest, _ = add_image(peer)
    peer.plan = make_plan(manifest, csr={"common_name": "system:node:r1", "organization": "system:nodes"})
    peer.files = [text_file("/pem", (peer.folder / "tls.crt").read_text(), agent_key="kubelet-pem")]
    start(machine, peer)
    peer.wait(lambda: peer.reports and peer.reports[-1]["status"] == "failed", timeout_s=120)
    assert peer.reports[-1]["code"] == "SW-4011"


def test_an_image_that_is_not_there(peer, machine, disk):
    peer.plan = make_plan("sha256:" + "0" * 64)
    start(machine, peer)
    peer.wait(lambda: peer.reports, timeout_s=120)
    assert peer.reports[0]["code"] == "SW-3021"
    assert peer.reports[0]["status"] == "failed"
