# SPDX-License-Identifier: Apache-2.0
"""Whatever is cut off in the middle of an install, the machine ends Ready with nobody's help."""
from lab.site import rows


def writing(record):
    """Whether part of the OS image is on the disk now."""
    return record["state"] == "writing" and rows(record, "write") and rows(record, "write")[-1]["bytes"] > 1 << 20


def test_power_cut_in_the_write(site, machine):
    site.window_open(1)
    cut = machine(firmware="uefi")
    cut.power_on()
    site.wait_for(cut, writing, 900, "the write is under way")
    cut.power_off()
    cut.power_on()
    site.wait_ready(cut)
    assert len(rows(site.record(cut), "write")) >= 2


def test_slipwayd_killed_in_the_write(site, machine):
    site.window_open(1)
    served = machine(firmware="bios")
    served.power_on()
    site.wait_for(served, writing, 900, "the write is under way")
    site.appliance.kill()
    site.appliance.up()
    site.wait_ready(served)
