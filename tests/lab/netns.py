# SPDX-License-Identifier: Apache-2.0
"""The lab's network: namespaces on one bridge, and no route out of them.

    NAME           the appliance: br0 with 10.77.0.1, a tap for each machine
    NAME-cluster   the control plane: eth0 with 10.77.0.2, on br0
    NAME-site      what else a site has, a DHCP server of its own for one: eth0 with 10.77.0.3, on br0

NAME holds the process id of the run, so runs coexist, and a later run clears what a killed one left.
"""
import os
import pathlib
import re
import subprocess

from lab.process import Process

APPLIANCE = "10.77.0.1"
CLUSTER = "10.77.0.2"
SITE = "10.77.0.3"
RANGE = ("10.77.0.100", "10.77.0.199")
PREFIX = "slipway-lab-"


def _ip(*args):
    subprocess.run(["ip", *args], check=True)


def _namespaces():
    text = subprocess.run(["ip", "netns", "list"], check=True, capture_output=True, text=True).stdout
    return [line.split()[0] for line in text.splitlines() if line.startswith(PREFIX)]


def _pids(namespace):
    done = subprocess.run(["ip", "netns", "pids", namespace], capture_output=True, text=True, check=False)
    return [int(pid) for pid in done.stdout.split()]


def _remove(namespace):
    for pid in _pids(namespace):
        try:
            os.kill(pid, 9)
        except ProcessLookupError:
            pass
    subprocess.run(["ip", "netns", "del", namespace], check=False)


def network_sweep():
    """Remove the namespaces of runs that were killed before they could."""
    for namespace in _namespaces():
        owner = re.match(re.escape(PREFIX) + r"(\d+)", namespace)
        if owner and not pathlib.Path("/proc", owner.group(1)).exists():
            _remove(namespace)


class Network:
    """One bridge and its namespaces, from __enter__ to __exit__."""

    _count = 0

    def __init__(self):
        Network._count += 1
        self.name = f"{PREFIX}{os.getpid()}" + (f"-{Network._count}" if Network._count > 1 else "")
        self.cluster = f"{self.name}-cluster"
        self.site = f"{self.name}-site"
        self._taps = 0

    def __enter__(self):
        network_sweep()
        try:
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def _build(self):
        _ip("netns", "add", self.name)
        _ip("-n", self.name, "link", "set", "lo", "up")
        _ip("-n", self.name, "link", "add", "br0", "type", "bridge", "stp_state", "0", "forward_delay", "0")
        _ip("-n", self.name, "addr", "add", f"{APPLIANCE}/24", "dev", "br0")
        _ip("-n", self.name, "link", "set", "br0", "up")
        self._attach(self.cluster, CLUSTER, "cluster0")
        self._attach(self.site, SITE, "site0")

    def _attach(self, namespace, address, port):
        _ip("netns", "add", namespace)
        _ip("-n", namespace, "link", "set", "lo", "up")
        _ip("-n", self.name, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", namespace)
        _ip("-n", self.name, "link", "set", port, "master", "br0", "up")
        _ip("-n", namespace, "addr", "add", f"{address}/24", "dev", "eth0")
        _ip("-n", namespace, "link", "set", "eth0", "up")

    def close(self):
        """Kill what still runs in the namespaces and remove them."""
        for namespace in _namespaces():
            if namespace == self.name or namespace in (self.cluster, self.site):
                _remove(namespace)

    def pids(self):
        """The processes that run in the appliance's namespace."""
        return _pids(self.name)

    def tap_add(self):
        """A new tap on the bridge; its name."""
        self._taps += 1
        tap = f"tap{self._taps}"
        _ip("-n", self.name, "tuntap", "add", "dev", tap, "mode", "tap")
        _ip("-n", self.name, "link", "set", tap, "master", "br0", "up")
        return tap

    def argv(self, argv, namespace=None):
        """ARGV as it must be called to run in a namespace (the appliance's unless told)."""
        return ["ip", "netns", "exec", namespace or self.name, *[str(part) for part in argv]]

    def run(self, argv, namespace=None, **options):
        """subprocess.run in a namespace; text, and checked unless told otherwise."""
        options = {"check": True, "text": True, "stdin": subprocess.DEVNULL, **options}
        if "input" in options:
            del options["stdin"]
        return subprocess.run(self.argv(argv, namespace), **options)

    def start(self, argv, log_path, namespace=None, **options):
        """A background Process in a namespace."""
        return Process(self.argv(argv, namespace), log_path, **options)
