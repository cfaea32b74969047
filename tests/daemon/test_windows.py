# SPDX-License-Identifier: Apache-2.0
"""Windows: so many machines, so many minutes, never over data."""
import pytest

from slipwayd import disk

MAC = "52:54:00:00:00:{:02x}"


def open_window(daemon, **fields):
    """Open one that may be opened."""
    status, answer = daemon.api("POST", "/enrol/windows", {"count": 2, "for_s": 60, "profile": "worker", **fields})
    assert status == 201, answer
    return answer


def test_counts(daemon, agent):
    open_window(daemon, count=2)
    agents = [agent(MAC.format(n)) for n in range(1, 4)]
    for each in agents:
        each.enrol()
    assert [each.plan()["state"] for each in agents] == ["approved", "approved", "pending"]
    window, = daemon.get("/enrol/windows")["items"]
    assert (window["used"], window["open"]) == (2, False)


def test_ends(daemon, agent):
    one = agent(MAC.format(1))
    other = agent(MAC.format(2))
    other.enrol()
    window = open_window(daemon, for_s=1)  # takes those that wait before it is answered
    assert other.plan()["state"] == "approved"
    while daemon.get("/enrol/windows")["items"][0]["open"]:
        other.plan()  # nothing tells of the end: it is the clock
    one.enrol()
    assert one.plan()["state"] == "pending"
    assert daemon.api("DELETE", f"/enrol/windows/{window['id']}")[0] == 200
    assert daemon.api("DELETE", f"/enrol/windows/{window['id']}")[0] == 404


def test_never_over_data(daemon, agent):
    open_window(daemon, count=5)
    full = agent(MAC.format(1), disks=[disk(holds=["lvm2_member"])])
    full.enrol()
    assert full.plan()["state"] == "pending"
    machine = daemon.get(f"/machines/{full.mac}")
    assert "lvm2_member" in machine["reason"]
    both = agent(MAC.format(2), disks=[disk("vda", holds=["ext4"], serial="D1"), disk("vdb", serial="D2")])
    both.enrol()
    assert both.plan()["state"] == "approved"
    both.install()
    assert daemon.get(f"/machines/{both.mac}")["state"] == "booting"


def test_takes_those_that_wait(daemon, agent):
    waiting = [agent(MAC.format(n)) for n in range(1, 4)]
    for each in waiting:
        each.enrol()
        assert each.plan()["state"] == "pending"
    open_window(daemon, count=2)
    assert [each.plan()["state"] for each in waiting] == ["approved", "approved", "pending"]


def test_profile_by_match(daemon, agent):
    daemon.api("PUT", "/profiles/maker", {"image": "os/debian", "hostname": "k{n}", "match": {"vendor": "Mak*"}})
    open_window(daemon, profile="")
    one = agent(MAC.format(1))
    one.enrol()
    assert one.plan()["plan"]["hostname"] == "k1"


@pytest.mark.parametrize("body", [{"count": 0, "for_s": 1}, {"count": 1, "for_s": 0}, {"count": 1}, {},
                                  {"count": 1, "for_s": 1, "x": 1}, {"count": 10 ** 9, "for_s": 1}])
def test_bad_windows(strict, body):
    status, problem = strict.api("POST", "/enrol/windows", body)
    assert (status, problem["code"]) in ((422, "SW-6004"), (400, "SW-6004"))
