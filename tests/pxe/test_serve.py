# SPDX-License-Identifier: Apache-2.0
"""Real dnsmasq and in.tftpd under our configuration, asked as firmware asks."""
import filecmp
import re

import dhcp_client as dhcp
from places import MAC

APPLIANCE, SITE = "10.77.0.1", "10.77.0.3"
START = f"http://{APPLIANCE}:80/boot/start.ipxe"

LOADERS = [  # architecture, vendor class, further options, boot file
    (0, "PXEClient", [], "undionly.kpxe"),
    (7, "PXEClient", [], "snponly.efi"),
    (9, "PXEClient", [], "snponly.efi"),
    (16, "HTTPClient", [], f"http://{APPLIANCE}:80/boot/ipxe.efi"),
    (0, "PXEClient", dhcp.IPXE, START),
    (7, "PXEClient", dhcp.IPXE, START),
    (11, "PXEClient", [], ""),
]


def test_each_architecture_gets_its_loader(served, client):
    for arch, vendor, more, boot_file in LOADERS:
        ack = client.lease(dhcp.arch_options(arch, vendor) + more)
        assert ack.kind == dhcp.ACK and ack.boot_file == boot_file, (arch, ack)
        assert ack.siaddr == APPLIANCE or not boot_file or vendor == "HTTPClient" or more
        assert ack.vendor_class == ("HTTPClient" if vendor == "HTTPClient" else "")
        assert ack.options[3] == bytes([10, 77, 0, 1]) and ack.options[1] == bytes([255, 255, 255, 0])
    told = re.escape(MAC) + r" 10\.77\.0\.1\d\d arch=7 ipxe="
    served.wait_for(rf"dhcp offer {told}0 file=snponly\.efi\n")
    served.wait_for(rf"dhcp ack {told}1 file={re.escape(START)}\n")


def test_one_address_from_firmware_to_system(served, client):
    """Firmware, iPXE and the system have different client ids; the machine keeps its address."""
    ids = [[(61, b"\0firmware")], [(61, b"\1" + client.mac)], [(61, b"\xffsystem"), (12, b"r1\n\"${x}")], []]
    assert len({client.lease(more).yiaddr for more in ids}) == 1


def test_the_loader_comes_by_tftp(served, network, tmp_path):
    got = tmp_path / "got"
    network.run(["curl", "-s", "--max-time", "5", f"tftp://{APPLIANCE}/snponly.efi", "-o", got], network.cluster)
    assert filecmp.cmp(got, "/usr/lib/ipxe/snponly.efi", shallow=False)
    served.wait_for(r"tftp 0 10\.77\.0\.2 snponly\.efi\n")
    for name in ("/etc/passwd", "//etc/passwd", "../dnsmasq.conf", "nothing"):
        failed = network.run(["curl", "-s", "--max-time", "5", "--path-as-is", f"tftp://{APPLIANCE}/{name}"],
                             network.cluster, check=False, capture_output=True)
        assert failed.returncode != 0 and failed.stdout == ""
    served.wait_for(r"tftp 2 10\.77\.0\.2 File not found\n")
    put = network.run(["curl", "-s", "--max-time", "5", "-T", got, f"tftp://{APPLIANCE}/new"], network.cluster,
                      check=False)
    assert put.returncode != 0 and not (served.folder / "state/tftp/new").exists()
