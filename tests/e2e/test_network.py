# SPDX-License-Identifier: Apache-2.0
"""`slipway up` where the network is not as it should be: one clear error, and nothing is started."""
import os
import time

import pytest

from lab.appliance import Appliance
from lab.netns import APPLIANCE, SITE, Network


@pytest.fixture(scope="module")
def network():
    """A network with nothing on it."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    with Network() as built:
        yield built


def up_refused(network, folder, *words, interface="br0", deadline_s=90):
    """`slipway up` must end by itself, with every one of WORDS in what it says; what it said."""
    appliance = Appliance(network, folder, interface)
    process = appliance.start("up", "--iface", interface)
    assert process.wait(deadline_s) != 0
    process.output.join()
    for word in words:
        assert word in process.output.text
    return process.output.text


def test_interface_that_does_not_exist(network, tmp_path):
    up_refused(network, tmp_path, "SW-1", "eno9", interface="eno9")


def test_interface_without_an_address(network, tmp_path):
    tap = network.tap_add()
    up_refused(network, tmp_path, "SW-1", tap, interface=tap)


LISTEN = """
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.{kind})
s.bind(("{address}", {port}))
{more}
print("bound", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("port,kind,more", [(67, "SOCK_DGRAM", ""), (69, "SOCK_DGRAM", ""),
                                            (80, "SOCK_STREAM", "s.listen()"), (8443, "SOCK_STREAM", "s.listen()")])
def test_port_that_is_taken(network, tmp_path, port, kind, more):
    address = "0.0.0.0" if port == 67 else APPLIANCE
    code = LISTEN.format(kind=kind, address=address, port=port, more=more)
    other = network.start(["/usr/bin/python3", "-c", code], tmp_path / "other.log")
    try:
        other.output.wait_for("bound", 60)
        up_refused(network, tmp_path, "SW-1", str(port))
    finally:
        other.kill()


def test_another_dhcp_server_is_named_and_nothing_is_started(network, tmp_path):
    other = network.start(
        ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--interface=eth0",
         "--bind-interfaces", "--dhcp-authoritative", "--log-facility=-", "--user=root",
         f"--dhcp-leasefile={tmp_path}/leases", "--dhcp-range=10.77.0.200,10.77.0.220"],
        tmp_path / "other.log", namespace=network.site)
    try:
        other.output.wait_for("DHCP, IP range", 60)
        up_refused(network, tmp_path, "SW-1", SITE)
    finally:
        other.kill()


def test_sigterm_ends_it_with_its_children(network, tmp_path):
    appliance = Appliance(network, tmp_path)
    appliance.up()
    started = time.monotonic()
    assert appliance.close() == 0
    assert time.monotonic() - started < 15
    assert network.pids() == []
