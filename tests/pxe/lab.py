# SPDX-License-Identifier: Apache-2.0
"""Network namespaces for the tests: one appliance, any number of others, all on one bridge."""
import ctypes
import os
import subprocess
import threading

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def ip(*words):
    subprocess.run(["ip", *map(str, words)], check=True, capture_output=True, text=True)


class Namespace:
    """A network namespace that exists as long as this object; all in it goes with it."""

    def __init__(self, name):
        self.name = f"{name}-{os.getpid()}"
        ip("netns", "add", self.name)
        self.ip("link", "set", "lo", "up")

    def ip(self, *words):
        ip("-n", self.name, *words)

    def popen(self, argv, **options):
        return subprocess.Popen(["ip", "netns", "exec", self.name, *map(str, argv)], **options)

    def run(self, argv, **options):
        return subprocess.run(["ip", "netns", "exec", self.name, *map(str, argv)], **options)

    def call(self, function, *args, **named):
        """Runs a Python function in a thread inside the namespace; sockets it makes stay there."""
        result = {}

        def body():
            with open(f"/run/netns/{self.name}") as f:
                if libc.setns(f.fileno(), CLONE_NEWNET) != 0:
                    result["error"] = OSError(ctypes.get_errno(), "setns")
                    return
            try:
                result["value"] = function(*args, **named)
            except BaseException as e:  # handed to the caller's thread
                result["error"] = e

        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
        if "error" in result:
            raise result["error"]
        return result["value"]

    def close(self):
        subprocess.run(["ip", "netns", "del", self.name], check=False, capture_output=True)


class Lab:
    """The appliance's namespace with bridge br0 (10.9.0.1/24), and others joined by veth."""

    def __init__(self, address="10.9.0.1/24"):
        self.appliance = Namespace("appliance")
        self.others = []
        self.appliance.ip("link", "add", "br0", "type", "bridge", "stp_state", "0",
                          "forward_delay", "0")
        self.appliance.ip("link", "set", "br0", "up")
        if address:
            self.appliance.ip("addr", "add", address, "dev", "br0")

    def join(self, name, address=None):
        """A namespace `name` whose interface eth0 is on the bridge."""
        space = Namespace(name)
        port = f"p{len(self.others)}"
        self.others.append(space)
        self.appliance.ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns",
                          space.name)
        self.appliance.ip("link", "set", port, "master", "br0", "up")
        space.ip("link", "set", "eth0", "up")
        if address:
            space.ip("addr", "add", address, "dev", "eth0")
        return space

    def close(self):
        for space in [*self.others, self.appliance]:
            space.close()
