# SPDX-License-Identifier: Apache-2.0
"""From a kernel's start to its first report over the network: the agent, and Debian's network installer.

Both are given to QEMU with their kernels, without firmware or loaders. The agent's first report is its enrolment; the
installer's is the question for its answers (preseed), once it has drivers and an address.
"""
import re
import time

from bench.measure import Row, interleaved
from lab.appliance import BUILD
from lab.machine import Machine
from lab.netns import APPLIANCE

INSTALLER = "/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64"
PORT = 8082
DEADLINE_S = 600


class KernelMachine(Machine):
    """A machine that starts one kernel, whatever its firmware would."""

    kernel = initrd = arguments = None

    def _argv(self, serial_fd):
        return [*super()._argv(serial_fd), "-kernel", self.kernel, "-initrd", self.initrd, "-append", self.arguments]


class Starting:
    """Machines of one kind of network card, started again and again."""

    def __init__(self, bench, nic):
        self.bench, self.network, self.nic = bench, bench.network, nic
        self.count = 0

    def _start(self, kernel, initrd, arguments, wait):
        """How many starts a minute would have in it; WAIT(machine) ends one."""
        self.count += 1
        machine = KernelMachine(self.network, self.bench.folder / f"start-{self.nic}-{self.count}", firmware="bios",
                                nic=self.nic)
        machine.kernel, machine.initrd, machine.arguments = kernel, initrd, arguments(machine.mac)
        machine.power_on()
        try:
            wait(machine)
            return 60 / (time.monotonic() - machine.powered_on_at)
        finally:
            machine.discard()

    def _agent_arguments(self, mac):
        """What the appliance has iPXE give to the agent's kernel."""
        url = f"http://{APPLIANCE}/boot/next.ipxe?mac={mac.replace(':', '-')}&platform=efi"
        script = self.network.run(["curl", "-sSf", url], capture_output=True).stdout
        return re.search(r"initrd=initrd (.*?) \|\|", script).group(1)

    def ours(self):
        """The agent: until it is enrolled."""
        return self._start(BUILD / "agent/vmlinuz", BUILD / "agent/initrd", self._agent_arguments,
                           lambda machine: machine.wait_for(r"enrolled \d+ ms after", DEADLINE_S))

    def peer(self):
        """The installer: until it asks for its answers."""
        folder = self.bench.folder / "preseed"
        folder.mkdir(exist_ok=True)
        server = self.network.start(["/usr/bin/python3", "-u", "-m", "http.server", PORT, "-d", folder],
                                    self.bench.folder / "preseed.log")
        try:
            server.output.wait_for("Serving HTTP", 60)
            return self._start(
                f"{INSTALLER}/linux", f"{INSTALLER}/initrd.gz",
                lambda _: f"auto=true priority=critical url=http://{APPLIANCE}:{PORT}/preseed.cfg "
                          "console=ttyS0,115200n8 DEBIAN_FRONTEND=text quiet",
                lambda _: server.output.wait_for("GET /preseed.cfg", DEADLINE_S))
        finally:
            server.stop()


def rows(bench):
    """A row for each network card that the lab has."""
    for nic in ("virtio", "e1000e"):
        starting = Starting(bench, nic)
        ours, peer = interleaved(starting.ours, starting.peer)
        yield Row(f"start to first report on {nic}, against Debian's installer", "starts/min", ours, peer)
