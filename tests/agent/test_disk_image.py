# SPDX-License-Identifier: Apache-2.0
"""A whole disk image carried out by the agent on a loop device: the disk, its configuration, the reports. Needs root."""
import base64
import json
import os
import subprocess

import pytest

from agent.peer import openssl
from agent.test_install import disk, head_of, make_plan, sign, start, text_file  # noqa: F401

MIB = 1 << 20


@pytest.fixture(scope="module", name="raw")
def make_raw(tmp_path_factory):
    """A disk that BIOS and UEFI could start, as far as its table says; returns its bytes, packed."""
    path = tmp_path_factory.mktemp("raw") / "disk.raw"
    with open(path, "wb") as file:
        file.truncate(16 * MIB)
    subprocess.run(["sgdisk", "--new=1:2048:6143", "--typecode=1:EF00", "--new=2:6144:0", path], check=True,
                   capture_output=True)
    with open(path, "r+b") as file:
        file.write(b"\xeb\x63\x90boot")
        file.seek(4 * MIB)
        file.write(os.urandom(2 * MIB))
    return subprocess.run(["zstd", "-qc", path], check=True, capture_output=True).stdout


def add_disk(peer, raw):
    digest = peer.add_blob(raw)
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "artifactType": "application/vnd.slipway.disk.v1",
                "config": {"mediaType": "application/vnd.oci.empty.v1+json", "size": 2,
                           "digest": peer.add_blob(b"{}")},
                "layers": [{"mediaType": "application/vnd.slipway.disk.v1.raw+zstd", "digest": digest,
                            "size": len(raw)}]}
    return peer.add_blob(json.dumps(manifest).encode()), digest


def disk_plan(manifest, **changes):
    plan = make_plan(manifest, **changes)
    plan["plan"]["image"].update(kind="disk", size_bytes=16 * MIB)
    return plan


def seed_of(device):
    """The documents on the partition that was added."""
    table = json.loads(subprocess.run(["sfdisk", "--json", device], check=True, capture_output=True).stdout)
    at = next(p for p in table["partitiontable"]["partitions"] if p.get("name") == "cidata")
    with open(device, "rb") as file:
        file.seek(at["start"] * 512)
        iso = file.read(at["size"] * 512)

    def read(name):
        return subprocess.run(["bsdtar", "-xOf", "-", name], input=iso, check=True, capture_output=True).stdout.decode()
    return read("user-data"), json.loads(read("meta-data")), json.loads(read("receipt.json"))


def written(user_data):
    head, _, body = user_data.partition("\n")
    assert head == "#cloud-config"
    config = json.loads(body)
    return config, {f["path"]: base64.b64decode(f["content"]).decode() for f in config["write_files"]}


def test_installs_and_joins(peer, machine, disk, raw):  # noqa: F811
    manifest, digest = add_disk(peer, raw)
    peer.plan = disk_plan(manifest, csr={"common_name": "system:node:r1", "organization": "system:nodes"})
    peer.cut = 1
    pki = "/var/lib/kubelet/pki/kubelet-client-"
    peer.on_csr = lambda csr: [text_file(f"{pki}first.pem", sign(peer, csr), agent_key="kubelet-pem"),
                               text_file(f"{pki}current.pem", "", link=f"{pki}first.pem")]
    start(machine, peer)
    peer.wait(lambda: peer.installed, timeout_s=60)
    assert peer.installed["boot"] == "reboot" and peer.installed["layers"] == [digest]
    assert peer.reports[0]["disk"] == "made-up-disk"
    user_data, meta_data, receipt = seed_of(disk)
    config, files = written(user_data)
    assert config["hostname"] == "r1" and meta_data == {"instance-id": "m-1-1", "local-hostname": "r1"}
    assert files["/etc/motd"] == "hello\n"
    assert "datasource_list: [NoCloud, None]" in files["/etc/cloud/cloud.cfg.d/99-slipway.cfg"]
    (peer.folder / "pem").write_text(files[f"{pki}first.pem"])
    public = openssl("x509", "-in", peer.folder / "pem", "-pubkey", "-noout")
    assert openssl("pkey", "-in", peer.folder / "pem", "-pubout") == public
    assert config["bootcmd"][-1][-3:] == ["-sfn", f"{pki}first.pem", f"{pki}current.pem"]
    assert len({tuple(command[:3]) for command in config["bootcmd"]}) == len(config["bootcmd"])
    assert receipt["image"]["blobs"] == [{"digest": digest, "size_bytes": len(raw)}]
    assert receipt["image"]["kind"] == "disk" and receipt["disk"]["serial"] == "made-up-disk"
    assert peer.installed["receipt"] == receipt
    assert receipt["appliance"]["key"] == f"sha256:{peer.pin.hex()}"
    assert "PRIVATE KEY" not in machine.said


def test_wrong_bytes_are_fetched_once_more_and_named(peer, machine, disk, raw):  # noqa: F811
    manifest, digest = add_disk(peer, raw)
    peer.blobs[digest] = raw[:MIB] + bytes([raw[MIB] ^ 1]) + raw[MIB + 1:]
    peer.plan = disk_plan(manifest)
    start(machine, peer)
    peer.wait(lambda: peer.reports and peer.reports[-1]["status"] == "failed", timeout_s=60)
    assert peer.reports[-1]["code"] == "SW-3010"
    assert digest in peer.reports[-1]["detail"] and "with the same bytes" in peer.reports[-1]["detail"]
    assert len([path for path, _ in peer.fetched if digest in path]) == 2
    assert head_of(disk)[:MIB] == bytes(MIB)


def test_bytes_that_were_wrong_once_do_no_harm(peer, machine, disk, raw):  # noqa: F811
    manifest, digest = add_disk(peer, raw)
    peer.plan = disk_plan(manifest)
    peer.spoil = 1
    start(machine, peer)
    peer.wait(lambda: peer.installed, timeout_s=60)
    assert "fetching it once more" in machine.said
    assert peer.installed["layers"] == [digest]


def test_a_disk_that_is_too_small(peer, machine, disk, raw):  # noqa: F811
    manifest, _ = add_disk(peer, raw)
    peer.plan = disk_plan(manifest)
    peer.plan["plan"]["image"]["size_bytes"] = 1 << 40
    before = head_of(disk)
    start(machine, peer)
    peer.wait(lambda: peer.reports and peer.reports[-1]["status"] == "failed", timeout_s=60)
    assert peer.reports[-1]["code"] == "SW-3008" and "1.1 TB" in peer.reports[-1]["detail"]
    assert head_of(disk) == before
