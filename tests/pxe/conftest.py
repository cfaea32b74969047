# SPDX-License-Identifier: Apache-2.0
"""What the tests of DHCP and TFTP share: a network, and the two services on it."""
import json
import signal
import subprocess

import pytest

from dhcp_client import Client, within
from lab.netns import Network
from lab.process import poll_until
from places import BUILD, MAC, RANGE, TREE


class Services:
    """build/tests/pxe/serve in the appliance's namespace."""

    def __init__(self, network, folder):
        self.network, self.folder = network, folder
        self.process = None

    def start(self, *args, interface="br0"):
        argv = [BUILD / "tests/pxe/serve", interface, self.folder / "state", self.folder / "run", *args]
        self.process = self.network.start(argv, self.folder / "serve.log")
        return self.process.output

    def up(self, *args):
        self.start(*args).wait_for(r"serving\n", 60)

    def refused(self, *args, **named):
        """Starts, and gives the error it ends with."""
        output = self.start(*args, **named)
        assert self.process.wait(60) == 1
        output.join()
        return output.text.strip()

    def wait_for(self, regex, deadline_s=30, since=0):
        return self.process.output.wait_for(regex, deadline_s, since)

    def text(self):
        return self.process.output.text

    def status(self):
        since = len(self.text())
        self.process.popen.send_signal(signal.SIGUSR1)
        return json.loads(self.wait_for(r"(?m)^status (\{.*\})\n", since=since).group(1))

    def pid(self, name):
        """The process id of a child, 0 while it is down."""
        return next(s["pid"] for s in self.status()["services"] if s["name"] == name)

    def back(self, name, old, deadline_s=30):
        """Waits until a child runs again under another process id."""
        return poll_until(lambda: (pid := self.pid(name)) not in (0, old) and pid, deadline_s,
                          f"{name} is back", 0.02)


@pytest.fixture(scope="session", autouse=True)
def built():
    subprocess.run(["make", "-s", "-C", str(TREE), "build/tests/pxe/serve"], check=True)


@pytest.fixture(scope="module")
def network():
    with Network() as n:
        yield n


@pytest.fixture(scope="module")
def client(network):
    """A machine's NIC on the network, with MAC."""
    c = within(network.cluster, Client, "eth0", MAC)
    yield c
    c.close()


@pytest.fixture
def services(network, tmp_path):
    """Services that the test starts as it wants them."""
    s = Services(network, tmp_path)
    yield s
    if s.process:
        s.process.stop()


@pytest.fixture(scope="module")
def served(network, tmp_path_factory):
    """Services that give addresses of RANGE, for all tests of a module that leave them running."""
    s = Services(network, tmp_path_factory.mktemp("served"))
    s.up(*RANGE)
    yield s
    s.process.stop()


@pytest.fixture
def site(network, tmp_path):
    """Starts the site's own DHCP server (10.77.0.3); it offers after 3 s of pinging, as it does by default."""
    started = []

    def start(*args):
        argv = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--log-facility=-",
                "--pid-file=", "--interface=eth0", "--bind-interfaces", "--user=root", "--log-dhcp",
                "--dhcp-range=10.77.0.50,10.77.0.60,1h", f"--dhcp-leasefile={tmp_path}/site.leases", *args]
        process = network.start(argv, tmp_path / "site.log", network.site)
        process.output.wait_for("sockets bound", 30)
        started.append(process)
        return process

    yield start
    for process in started:
        process.stop()
