# SPDX-License-Identifier: Apache-2.0
"""The boot image in QEMU, from its kernel's start into the system it has installed, on a server's card and disks."""
from agent.test_install import add_image, make_plan
from images.rig import AGENT, Machine, static_init

MAC = "52:54:00:12:34:56"


def test_from_the_agent_into_the_installed_kernel(peer, tmp_path):
    for name in ("nvme", "sata"):
        with open(tmp_path / name, "wb") as disk:
            disk.truncate(3 << 30)
    manifest, _ = add_image(peer, (AGENT / "vmlinuz").read_bytes(), static_init(tmp_path))
    peer.plan = make_plan(manifest, boot="kexec", kernel_args=["console=ttyS0", "no_timer_check"])
    # QEMU's own network: its DHCP server answers, and 10.0.2.2 is this host's loopback.
    arguments = (f"slipway.server=10.0.2.2:{peer.port} slipway.http=10.0.2.2:{peer.http.server_address[1]} "
                 f"slipway.pin=sha256:{peer.pin.hex()} slipway.mac={MAC.replace(':', '-')} console=ttyS0 "
                 "no_timer_check")
    with Machine(tmp_path, "-machine", "q35", "-kernel", AGENT / "vmlinuz", "-initrd", AGENT / "initrd", "-append",
                 arguments, "-nic", f"user,model=e1000e,mac={MAC}",
                 "-drive", f"if=none,id=a,format=raw,file={tmp_path}/nvme", "-device", "nvme,drive=a,serial=a",
                 "-drive", f"if=none,id=b,format=raw,file={tmp_path}/sata", "-device", "ide-hd,drive=b,bus=ide.1",
                 ) as machine:
        machine.wait_for(rb"starting its kernel", 600)
        found = machine.wait_for(rb"STARTED (\w+) (.*?)\r?\n", 600)
    assert b"root=UUID=" in found[2]
    assert peer.installed["boot"] == "kexec"
