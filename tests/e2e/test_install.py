# SPDX-License-Identifier: Apache-2.0
"""A blank machine becomes a Ready node: both kinds of firmware, several NICs and disks, three at once."""
import pytest

from lab.disk import Disk
from lab.process import poll_until
from lab.site import rows

GIB = 1 << 30
STAGES = ["dhcp", "ipxe", "kernel", "agent", "enrol", "approve", "write", "boot", "join", "ready"]

HOSTILE = {
    "manufacturer": 'Q"uote\'s, ${net0/mac} & <b>Co</b>',
    "product": "`reboot` $(reboot) ${next-server}; \\n%s",
    "serial": '"}],"x":[{"y":"${serial}',
}


def node_info(site, name):
    """What the kubelet tells of the system it runs on."""
    return site.cluster.get("node", name)["status"]["nodeInfo"]


@pytest.fixture(scope="module")
def installed(site):
    """A UEFI machine, network first in its boot order, that was installed and is Ready."""
    site.window_open(1)
    machine = site.machine(firmware="uefi", boot="net")
    machine.power_on()
    site.wait_ready(machine)
    yield machine
    machine.discard()


def test_uefi_machine_becomes_ready_and_runs_a_pod(site, installed):
    record = site.record(installed)
    assert [stage for stage in STAGES if not rows(record, stage)] == []
    assert len(rows(record, "write")) == 1
    assert rows(record, "write")[0]["bytes"] > 0
    assert site.cluster.get("node", record["name"])["metadata"]["labels"]["rack"] == "lab"
    assert "only the bundle holds" in site.pod_run(record["name"])


def test_rebooted_machine_is_ready_again_without_an_install(site, installed):
    name = site.record(installed)["name"]
    before = node_info(site, name)
    installed.qmp("system_reset")
    poll_until(lambda: node_info(site, name)["bootID"] != before["bootID"], 400, f"{name} reports a new boot")
    site.wait_ready(installed)
    record = site.record(installed)
    assert node_info(site, name)["machineID"] == before["machineID"]
    assert len(rows(record, "write")) == 1
    assert "local" in rows(record, "ipxe")[-1]["evidence"]
    installed.power_off()


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
