# SPDX-License-Identifier: Apache-2.0
"""A blank machine becomes a Ready node, and stays one when it is started again."""
import pathlib

import pytest

from lab.process import poll_until
from lab.site import rows

RECIPES = pathlib.Path(__file__).resolve().parents[1] / "lab/recipes"
STAGES = ["dhcp", "ipxe", "kernel", "agent", "enrol", "approve", "write", "boot", "join", "ready"]


def node_info(site, name):
    """What the kubelet tells of the system it runs on."""
    return site.cluster.get("node", name)["status"]["nodeInfo"]


@pytest.fixture(scope="module")
def installed(site):
    """A UEFI machine, network first in its boot order, that was installed onto a divided disk and is Ready."""
    site.appliance.run("profile", "apply", RECIPES / "divided.yaml")
    site.window_open(1, "divided")
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
    assert "from its disk" in rows(record, "ipxe")[-1]["evidence"]
