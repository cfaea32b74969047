# SPDX-License-Identifier: Apache-2.0
"""What changes while addresses are served: another DHCP server, the interface."""
import dhcp_client as dhcp
from lab.process import poll_until


def test_a_foreign_server_that_comes_later(served, client, site):
    """Ours stops as soon as it is seen, gives nothing while it is there, and serves again after it."""
    ours = {"wanted": lambda r: r.server == "10.77.0.1"}
    assert client.ask(dhcp.DISCOVER, timeout=30, **ours)
    foreign = site("--no-ping")
    served.wait_for(r"alarm on SW-1001 10\.77\.0\.3 serves DHCP on br0 as well\.", 60)
    status = served.status()
    assert status["foreign_dhcp"] == "10.77.0.3" and status["services"][0]["state"] == "stopped"
    assert status["alarms"][0]["code"] == "SW-1001"
    assert client.ask(dhcp.DISCOVER, timeout=1, **ours) is None
    foreign.stop()
    served.wait_for(r"alarm off SW-1001 ", 60)
    assert client.ask(dhcp.DISCOVER, timeout=30, **ours)
    assert served.status()["alarms"] == []


def test_an_interface_that_goes_and_comes_back(served, client, network):
    network.run(["ip", "addr", "del", "10.77.0.1/24", "dev", "br0"])
    served.wait_for(r"alarm on SW-1004 br0 does not have the address 10\.77\.0\.1", 60)
    network.run(["ip", "addr", "add", "10.77.0.1/24", "dev", "br0"])
    served.wait_for(r"alarm off SW-1004 ", 60)
    poll_until(lambda: client.lease(timeout=1), 30, "a lease")
