# SPDX-License-Identifier: Apache-2.0
"""The agent's boot image: its size, and that it starts."""
import subprocess

from rig import AGENT, BUILD, Machine, run

LIMIT_BYTES = 60 << 20
NEEDED = ["virtio_net", "e1000e", "igb", "nvme", "ahci", "virtio_blk", "virtio_scsi", "sd_mod",
          "megaraid_sas", "mpt3sas", "ext4", "virtio_pci", "efivarfs"]


def names():
    listing = b""
    for part in ("drivers", "programs"):
        plain = subprocess.run(["zstd", "-dcq", AGENT / f"{part}.cpio.zst"], capture_output=True,
                               check=True).stdout
        listing += subprocess.run(["cpio", "-t", "--quiet"], input=plain, capture_output=True,
                                  check=True).stdout
    return listing.decode().splitlines()


def test_size_and_content():
    assert (AGENT / "vmlinuz").stat().st_size + (AGENT / "initrd").stat().st_size < LIMIT_BYTES
    have = {name.rsplit("/", 1)[-1] for name in names()}
    assert not [module for module in NEEDED if f"{module.replace('_', '-')}.ko" not in have
                and f"{module}.ko" not in have]
    assert {"init", "mkfs.ext4", "boot.img", "core.img", "bootx64.efi"} <= have


def test_same_input_same_bytes(tmp_path):
    for name in ("a", "b"):
        run(BUILD.parent / "images/agent-image", "programs", BUILD / "slipway-agent", AGENT / "grub",
            tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_starts(tmp_path):
    machine = Machine(tmp_path, "-machine", "q35", "-kernel", AGENT / "vmlinuz", "-initrd",
                      AGENT / "initrd", "-append", "console=ttyS0 panic=-1 quiet",
                      "-nic", "user,model=virtio-net-pci")
    with machine:
        machine.wait_for(rb"(?i)slipway", 300)
