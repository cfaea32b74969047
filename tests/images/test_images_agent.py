# SPDX-License-Identifier: Apache-2.0
"""The agent's boot image: its size, its drivers, and that it is reproducible. It is started in tests/agent."""
import subprocess

from rig import AGENT, BUILD, run

LIMIT_BYTES = 60 << 20
# What the servers that are sold have: a driver that is missing is a machine that cannot be installed.
NEEDED = """
virtio_net e1000 e1000e igb igc ixgbe i40e ice iavf ixgbevf bnxt_en tg3 bnx2x mlx4_en mlx5_core qede sfc be2net enic
cxgb4 atlantic r8169 amd-xgbe nfp ena vmxnet3 hv_netvsc
nvme ahci virtio_blk virtio_scsi sd_mod megaraid_sas mpt3sas mpi3mr hpsa smartpqi aacraid vmw_pvscsi hv_storvsc vmd
ext4 virtio_pci efivarfs ipmi_si ipmi_devintf tpm_crb tpm_tis
""".split()


def names():
    programs = subprocess.run(["lz4", "-dcq", AGENT / "programs.cpio.lz4"], capture_output=True, check=True).stdout
    listing = b""
    for archive in ((AGENT / "drivers.cpio").read_bytes(), programs):
        listing += subprocess.run(["cpio", "-t", "--quiet"], input=archive, capture_output=True, check=True).stdout
    return listing.decode().splitlines()


def test_size_and_content():
    assert (AGENT / "vmlinuz").stat().st_size + (AGENT / "initrd").stat().st_size < LIMIT_BYTES
    have = {name.rsplit("/", 1)[-1] for name in names()}
    drivers = {name.removesuffix(".ko.zst").replace("-", "_") for name in have}
    builtin = {line.rsplit("/", 1)[-1].strip().removesuffix(".ko").replace("-", "_")
               for path in (AGENT / "kernel/lib/modules").glob("*/modules.builtin") for line in open(path)}
    assert {name.replace("-", "_") for name in NEEDED} - drivers - builtin == set()
    assert {"init", "mkfs.ext4", "boot.img", "core.img", "bootx64.efi", "modules.dep.bin", "modules.alias.bin"} <= have


def test_same_input_same_bytes(tmp_path):
    for name in ("a", "b"):
        run(BUILD.parent / "images/agent-image", "programs", BUILD / "slipway-agent", AGENT / "grub",
            tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
