# SPDX-License-Identifier: Apache-2.0
"""Disks of the lab's machines: sparse raw files, blank or with something on them."""
import dataclasses
import hashlib
import os
import pathlib
import subprocess

_DEVICES = {
    "virtio": "virtio-blk-pci,drive={id},serial={serial}",
    "nvme": "nvme,drive={id},serial={serial}",
    "sata": "ide-hd,drive={id},serial={serial},bus=ide.{index}",
    "scsi": "scsi-hd,drive={id},serial={serial},bus=scsi.0",
    "usb": "usb-storage,drive={id},serial={serial},bus=usb.0,removable=on",
}
CONTROLLERS = {"scsi": "virtio-scsi-pci,id=scsi", "usb": "qemu-xhci,id=usb"}

_BLOCK = 1 << 20


def _data_blocks(file):
    """The offsets of the blocks of FILE that are not wholly holes."""
    end, offset = os.fstat(file.fileno()).st_size, 0
    while offset < end:
        try:
            offset = os.lseek(file.fileno(), offset, os.SEEK_DATA) & ~(_BLOCK - 1)
        except OSError:
            return
        yield offset
        offset += _BLOCK


@dataclasses.dataclass
class Disk:
    """One disk: its bus, size and serial; PATH is given by the machine that it is put into."""
    bus: str = "virtio"
    size_bytes: int = 8 << 30
    serial: str = ""
    path: pathlib.Path = None

    def create(self, path):
        """Make its file where there is none yet."""
        self.path = path
        if not path.exists():
            with open(path, "wb") as file:
                file.truncate(self.size_bytes)

    def argv(self, index, bootindex):
        """QEMU's arguments for it as disk INDEX of a machine."""
        device = _DEVICES[self.bus].format(id=f"disk{index}", index=index, serial=self.serial)
        return ["-drive", f"if=none,id=disk{index},format=raw,cache=unsafe,discard=unmap,file={self.path}",
                "-device", f"{device},bootindex={bootindex}"]

    def digest(self):
        """A digest of every byte of it; blocks of zeros count by their absence, so holes cost nothing."""
        total = hashlib.sha256()
        with open(self.path, "rb", buffering=0) as file:
            for offset in _data_blocks(file):
                block = os.pread(file.fileno(), _BLOCK, offset)
                if block.count(0) != len(block):
                    total.update(offset.to_bytes(8, "big") + block)
        return total.hexdigest()

    def fill_ext4(self):
        """Put an ext4 file system on it, as a disk that holds someone's data has."""
        subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-L", "precious", self.path], check=True)
