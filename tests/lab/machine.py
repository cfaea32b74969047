# SPDX-License-Identifier: Apache-2.0
"""A physical server of the lab: QEMU by TCG, with firmware, a NIC and disks as real servers have them.

Its serial console is read all the time. Cutting the power is a kill -9 of QEMU; the disks and the firmware's
variables stay, as on a real machine.
"""
import os
import pathlib
import shutil
import time
import uuid

from lab.disk import CONTROLLERS, Disk
from lab.process import Output, Process, poll_until
from lab.qmp import Qmp

FIRMWARE_CODE = "/usr/share/OVMF/OVMF_CODE_4M.fd"
FIRMWARE_VARS = "/usr/share/OVMF/OVMF_VARS_4M.fd"
NICS = {"virtio": "virtio-net-pci", "e1000e": "e1000e", "igb": "igb", "e1000": "e1000"}


def _quoted(value):
    """A value in QEMU's option syntax, where a comma is written twice."""
    return str(value).replace(",", ",,")


class Machine:
    """One machine on the bridge of NETWORK, with its files in FOLDER."""

    _count = 0

    def __init__(self, network, folder, *, firmware="uefi", nic="virtio", memory_mb=2048, cpus=2,
                 disks=None, smbios=None, boot="net", mac=None):
        Machine._count += 1
        self.network = network
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.firmware, self.nic, self.boot = firmware, nic, boot
        self.memory_mb, self.cpus = memory_mb, cpus
        self.mac = mac or f"52:54:00:77:{Machine._count >> 8:02x}:{Machine._count & 255:02x}"
        self.serial = f"LAB{Machine._count:05d}"
        self.smbios = {"manufacturer": "Slipway", "product": "Lab", "serial": self.serial,
                       "uuid": uuid.uuid4(), **(smbios or {})}
        self.disks = disks if disks is not None else [Disk()]
        for index, disk in enumerate(self.disks):
            disk.serial = disk.serial or f"{self.serial}D{index}"
            disk.create(self.folder / f"disk{index}.img")
        self.powered_on_at = None
        self._tap = network.tap_add()
        self._process = None
        self.console = None

    def _bootindex(self, kind, index=0):
        first = 1 if self.boot == kind else 9
        return first + index

    def _argv_firmware(self):
        if self.firmware == "bios":
            return []
        variables = self.folder / "vars.fd"
        if not variables.exists():
            shutil.copy(FIRMWARE_VARS, variables)
        return ["-drive", f"if=pflash,format=raw,readonly=on,file={FIRMWARE_CODE}",
                "-drive", f"if=pflash,format=raw,file={variables}"]

    def _argv_nic(self):
        device = f"{NICS[self.nic]},netdev=net0,mac={self.mac},bootindex={self._bootindex('net')}"
        if self.firmware == "uefi" and self.nic == "virtio":
            device += ",romfile="
        return ["-netdev", f"tap,id=net0,ifname={self._tap},script=no,downscript=no", "-device", device]

    def _argv_disks(self):
        argv = []
        for bus in sorted({disk.bus for disk in self.disks} & set(CONTROLLERS)):
            argv += ["-device", CONTROLLERS[bus]]
        for index, disk in enumerate(self.disks):
            argv += disk.argv(index, self._bootindex("disk", index))
        return argv

    def _argv(self, serial_fd):
        strings = ",".join(f"{key}={_quoted(value)}" for key, value in self.smbios.items())
        return ["qemu-system-x86_64", "-machine", "q35,graphics=off", "-accel", "tcg,thread=multi", "-cpu", "max",
                "-smp", self.cpus, "-m", self.memory_mb, "-no-user-config", "-nodefaults", "-display", "none",
                "-device", "virtio-rng-pci", "-smbios", f"type=1,{strings}",
                "-chardev", f"file,id=serial,path=/dev/fd/{serial_fd}", "-serial", "chardev:serial",
                "-qmp", f"unix:{self.folder}/qmp,server=on,wait=off",
                *self._argv_firmware(), *self._argv_nic(), *self._argv_disks()]

    def power_on(self, echo=None):
        """Press the power button."""
        reader, writer = os.pipe()
        self.powered_on_at = time.monotonic()
        self._process = Process(self.network.argv(self._argv(writer)), self.folder / "qemu.log",
                                pass_fds=[writer])
        os.close(writer)
        self.console = Output(reader, self.folder / "console.log", echo)

    def power_off(self):
        """Cut the power: nothing in the machine is told."""
        if self._process:
            self._process.kill()
            self.console.join()
            self._process = None

    def discard(self):
        """Cut the power and throw the disks away; what it said on its console stays."""
        self.power_off()
        for disk in self.disks:
            disk.path.unlink(missing_ok=True)

    def powered(self):
        """Whether it is on."""
        return bool(self._process) and self._process.alive()

    def qmp(self, command, **arguments):
        """Run one QMP command."""
        path = self.folder / "qmp"
        poll_until(path.exists, 60, f"{path} of the machine")
        connection = Qmp(path)
        try:
            return connection.execute(command, **arguments)
        finally:
            connection.close()

    def wait_for(self, regex, deadline_s, since=0):
        """Wait for REGEX on the serial console (since the last power-on)."""
        try:
            return self.console.wait_for(regex, deadline_s, since)
        except EOFError as error:
            raise EOFError(f"{error}\nQEMU said: {self._process.output.tail() if self._process else ''}") from None
