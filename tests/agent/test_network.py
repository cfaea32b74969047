# SPDX-License-Identifier: Apache-2.0
"""The agent's own network, with real dnsmasqs in namespaces: which card it takes, and a link that dies."""
import os
import pathlib
import subprocess

import pytest

from lab.process import Output, poll_until

TOOL = pathlib.Path(__file__).resolve().parents[2] / "build/tests/agent/network"
APPLIANCE, PORT = "10.77.0.1", 8443


def ip(*args):
    subprocess.run(["ip", *args], check=True, capture_output=True)


class Rack:
    """A machine's namespace with cards eth0, eth1, ..., and a namespace with a DHCP server for each network."""

    def __init__(self, folder):
        self.folder, self.name = folder, f"slipway-rack-{os.getpid()}"
        self.namespaces, self.children, self.cards = [], [], 0
        self.machine = self.add_namespace("machine")

    def add_namespace(self, what):
        name = f"{self.name}-{what}"
        ip("netns", "add", name)
        self.namespaces.append(name)
        return name

    def add_network(self, what, address):
        """A namespace with a bridge, ADDRESS on it, and dnsmasq."""
        name = self.add_namespace(what)
        net = address.rsplit(".", 1)[0]
        ip("-n", name, "link", "add", "br0", "type", "bridge", "stp_state", "0", "forward_delay", "0")
        ip("-n", name, "addr", "add", f"{address}/24", "dev", "br0")
        ip("-n", name, "link", "set", "br0", "up")
        self.start(name, ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--interface=br0",
                          "--bind-interfaces", "--dhcp-authoritative", "--no-ping", "--user=root",
                          f"--dhcp-leasefile={self.folder}/{what}.leases",
                          f"--dhcp-range={net}.100,{net}.120"])
        return name

    def add_card(self, network):
        """A card of the machine, wired to a network; its number."""
        n, self.cards = self.cards, self.cards + 1
        ip("-n", self.machine, "link", "add", f"eth{n}", "address", self.mac(n), "type", "veth", "peer", "name",
           f"port{n}", "netns", network)
        ip("-n", network, "link", "set", f"port{n}", "master", "br0", "up")
        return n

    @staticmethod
    def mac(card):
        return f"52:54:00:77:aa:{card:02x}"

    def start(self, namespace, argv, **options):
        child = subprocess.Popen(["ip", "netns", "exec", namespace, *map(str, argv)], **options)
        self.children.append(child)
        return child

    def start_agent(self, card):
        """The agent's network, told that the firmware booted from CARD."""
        child = self.start(self.machine, [TOOL, f"{APPLIANCE}:{PORT}", self.mac(card)], stdin=subprocess.PIPE,
                           stderr=subprocess.PIPE)
        self.said = Output(os.dup(child.stderr.fileno()), self.folder / "agent.log")
        return child

    def address(self, card):
        """The card's IPv4 address, "" where it has none."""
        text = subprocess.run(["ip", "-n", self.machine, "-4", "-o", "addr", "show", "dev", f"eth{card}"], check=True,
                              capture_output=True, text=True).stdout
        return text.split()[3] if text else ""

    def close(self):
        for child in reversed(self.children):
            child.kill()
            child.wait()
        for name in self.namespaces:
            subprocess.run(["ip", "netns", "del", name], check=False)


@pytest.fixture
def rack(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    subprocess.run(["make", "-s", "-C", TOOL.parents[3], "build/tests/agent/network"], check=True)
    rack = Rack(tmp_path)
    yield rack
    rack.close()


LISTEN = f"""
import socket, signal
s = socket.socket()
s.bind(("{APPLIANCE}", {PORT}))
s.listen()
print("listens", flush=True)
signal.pause()
"""


def start_appliance(rack, network):
    child = rack.start(network, ["/usr/bin/python3", "-c", LISTEN], stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"listens\n"


def test_the_network_that_the_appliance_is_on(rack):
    """The card that was named leads to a network that gives addresses too, and has no appliance."""
    wrong, right = rack.add_network("wrong", "10.78.0.1"), rack.add_network("right", APPLIANCE)
    start_appliance(rack, right)
    astray, wanted = rack.add_card(wrong), rack.add_card(right)
    agent = rack.start_agent(astray)
    rack.said.wait_for(r"does not answer on the network of eth0", 60)
    rack.said.wait_for("found", 60)
    assert rack.address(wanted).startswith("10.77.0.1") and rack.address(astray) == ""
    agent.stdin.close()
    assert agent.wait(30) == 0


def test_a_link_that_dies_and_an_appliance_that_comes_late(rack):
    network = rack.add_network("right", APPLIANCE)
    first = rack.add_card(network)
    agent = rack.start_agent(first)
    rack.said.wait_for(r"does not answer on the network of eth0", 60)
    start_appliance(rack, network)
    rack.said.wait_for("found", 60)
    second = rack.add_card(network)
    ip("-n", network, "link", "set", f"port{first}", "down")
    poll_until(lambda: rack.address(second), 60, "the other card has an address")
    assert rack.address(first) == ""
    agent.stdin.close()
    assert agent.wait(30) == 0
