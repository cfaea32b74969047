# SPDX-License-Identifier: Apache-2.0
"""A machine that nobody approved gets nothing, and a disk that holds data is not touched by a window."""
import re

from lab.disk import Disk


def test_unapproved_machine_gets_nothing_until_approved(site, machine):
    stranger = machine(firmware="bios", disks=[Disk("virtio", 8 << 30)])
    before = stranger.disks[0].digest()
    stranger.power_on()
    record = site.wait_state(stranger, "pending", 600)
    stranger.wait_for(re.escape(record["check_code"]), 300)
    assert site.cluster.get("node", record["name"]) is None
    assert stranger.disks[0].digest() == before
    site.appliance.run("machine", "approve", stranger.mac, "--profile", "worker")
    site.wait_state(stranger, "writing", 600)


def test_window_leaves_a_disk_with_data_alone(site, machine):
    owner = machine(firmware="bios", disks=[Disk("virtio", 8 << 30)])
    owner.disks[0].fill_ext4()
    before = owner.disks[0].digest()
    site.window_open(1)
    owner.power_on()
    record = site.wait_for(owner, lambda each: each["state"] == "pending" and each["reason"], 600,
                           "the machine waits and says why")
    assert "ext4" in record["reason"]
    owner.power_off()
    assert owner.disks[0].digest() == before


def test_disk_too_small_is_said_and_nothing_is_written(site, machine):
    small = machine(firmware="bios", disks=[Disk("sata", 2 << 30)])
    before = small.disks[0].digest()
    site.window_open(1)
    small.power_on()
    record = site.wait_for(small, lambda each: "SW-3005" in (each["code"], each["reason"][:7]), 600,
                           "the machine says that no disk fits")
    assert "Nothing was written" in record["reason"]
    small.power_off()
    assert small.disks[0].digest() == before
