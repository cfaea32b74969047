# SPDX-License-Identifier: Apache-2.0
"""Three machines at once, of both kinds of firmware, with several NICs, disks and strange strings."""
from lab.disk import Disk

GIB = 1 << 30

HOSTILE = {
    "manufacturer": 'Q"uote\'s, ${net0/mac} & <b>Co</b>',
    "product": "`reboot` $(reboot) ${next-server}; \\n%s",
    "serial": '"}],"x":[{"y":"${serial}',
}


def test_three_machines_at_once(site, machine):
    machines = [
        machine(firmware="bios", smbios=HOSTILE),
        machine(firmware="bios", nic="e1000e", disks=[Disk("sata", 8 * GIB), Disk("nvme", 6 * GIB)]),
        machine(firmware="uefi", boot="disk", disks=[Disk("scsi", 8 * GIB)]),
    ]
    site.window_open(len(machines))
    for each in machines:
        each.power_on()
    names = {site.wait_ready(each, 1200)[0] for each in machines}
    assert len(names) == len(machines)
    record = site.record(machines[0])
    assert record["product"] == HOSTILE["product"]
    assert record["serial"] == HOSTILE["serial"]
