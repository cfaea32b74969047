# SPDX-License-Identifier: Apache-2.0
"""The real slipwayd on a network: what a machine meets between its power-on and its agent."""
import filecmp
import os
import re
import signal
import subprocess

import pytest

import dhcp_client as dhcp
from places import BUILD, MAC, TREE
from lab.appliance import Appliance
from lab.netns import APPLIANCE
from lab.process import poll_until


@pytest.fixture(scope="module", autouse=True)
def programs():
    subprocess.run(["make", "-s", "-C", str(TREE), "build/slipwayd", "build/slipway"], check=True)


@pytest.fixture(scope="module")
def appliance(network, tmp_path_factory):
    a = Appliance(network, tmp_path_factory.mktemp("appliance"))
    a.up("--range", "10.77.0.100-10.77.0.199")
    yield a
    a.close()


def fetch(network, url):
    return network.run(["curl", "-sS", "--max-time", "10", url], network.cluster, capture_output=True).stdout


def children(network, name):
    """The process ids of programs of this name in the appliance's namespace."""
    pids = network.run(["ip", "netns", "pids", network.name], capture_output=True).stdout.split()
    found = []
    for pid in pids:
        try:
            with open(f"/proc/{pid}/comm", encoding="ascii") as f:
                found += [int(pid)] if f.read().strip() == name else []
        except FileNotFoundError:
            pass
    return found


def test_from_discover_to_the_agent(appliance, network, client, tmp_path):
    ack = client.lease(dhcp.arch_options(7))
    assert ack.boot_file == "snponly.efi" and ack.siaddr == APPLIANCE
    got = tmp_path / "loader"
    network.run(["curl", "-sS", "--max-time", "10", f"tftp://{APPLIANCE}/{ack.boot_file}", "-o", got],
                network.cluster)
    assert filecmp.cmp(got, "/usr/lib/ipxe/snponly.efi", shallow=False)
    start = client.lease(dhcp.arch_options(7) + dhcp.IPXE).boot_file
    assert "next.ipxe?mac=${netX/mac:hexhyp}" in fetch(network, start)
    mac = MAC.replace(":", "-")
    script = fetch(network, f"http://{APPLIANCE}/boot/next.ipxe?mac={mac}&platform=efi")
    assert script.startswith("#!ipxe\n") and f"slipway.mac={mac} " in script
    machine = poll_until(lambda: appliance.machine(MAC), 30, "the machine is known")
    stages = [row["stage"] for row in machine["timeline"]]
    assert stages[0] == "dhcp" and "ipxe" in stages


def test_http_boot_gets_its_loader(network, client, appliance, tmp_path):
    url = client.lease(dhcp.arch_options(16, "HTTPClient")).boot_file
    got = tmp_path / "ipxe.efi"
    network.run(["curl", "-sS", "--max-time", "10", url, "-o", got], network.cluster)
    assert filecmp.cmp(got, "/usr/lib/ipxe/ipxe.efi", shallow=False)


def test_what_boots_an_installed_machine_is_served(network, appliance, tmp_path):
    loader = BUILD / "agent/local.efi"
    if not loader.exists():
        pytest.skip("the agent's image is not built")
    got = tmp_path / "local.efi"
    network.run(["curl", "-sS", "--max-time", "10", f"http://{APPLIANCE}/boot/local.efi", "-o", got], network.cluster)
    assert filecmp.cmp(got, loader, shallow=False)


@pytest.mark.parametrize("query", ["", "?mac=", "?mac=zz-54-00-12-34-56", "?mac=${net0/mac}", "?mac=52-54-00-12-34-56-78"])
def test_a_script_needs_a_mac(network, appliance, query):
    code = network.run(["curl", "-sS", "-g", "--max-time", "10", "-o", "/dev/null", "-w", "%{http_code}",
                        f"http://{APPLIANCE}/boot/next.ipxe{query}"], network.cluster, capture_output=True).stdout
    assert code == "400"


@pytest.mark.parametrize("name", ["dnsmasq", "in.tftpd"])
def test_a_killed_child_comes_back(appliance, network, client, name):
    lease = client.lease()
    old = children(network, name)
    assert len(old) == 1
    os.kill(old[0], signal.SIGKILL)
    poll_until(lambda: (now := children(network, name)) and now != old, 30, f"{name} is back", 0.05)
    assert client.lease().yiaddr == lease.yiaddr


def test_killed_it_starts_again_beside_its_orphan_and_ends_with_its_children(appliance, network, client):
    lease = client.lease()
    appliance.kill()
    appliance.up("--range", "10.77.0.100-10.77.0.199")
    assert client.lease().yiaddr == lease.yiaddr
    assert appliance.machine(MAC)
    assert appliance.close() == 0
    assert children(network, "dnsmasq") + children(network, "in.tftpd") + children(network, "slipwayd") == []


def test_the_rights_that_its_unit_leaves_it_are_enough(network, client, tmp_path):
    unit = (TREE / "provisioner/daemon/slipwayd.service.in").read_text()
    rights = " ".join(re.findall(r"^CapabilityBoundingSet=(.*)", unit, re.M)).lower().replace("cap_", "+").split()
    one = Appliance(network, tmp_path)
    one.wrap = ["setpriv", "--no-new-privs", "--bounding-set", ",".join(["-all", *rights])]
    one.up("--range", "10.77.0.100-10.77.0.199")
    try:
        ack = client.lease(dhcp.arch_options(7))
        network.run(["curl", "-sS", "--max-time", "10", f"tftp://{APPLIANCE}/{ack.boot_file}", "-o", tmp_path / "got"],
                    network.cluster)
        assert filecmp.cmp(tmp_path / "got", "/usr/lib/ipxe/snponly.efi", shallow=False)
        old = children(network, "dnsmasq")
        os.kill(old[0], signal.SIGKILL)
        poll_until(lambda: (now := children(network, "dnsmasq")) and now != old, 30, "dnsmasq is back", 0.05)
        assert client.lease().yiaddr == ack.yiaddr
    finally:
        assert one.close() == 0
    assert children(network, "dnsmasq") + children(network, "in.tftpd") == []
