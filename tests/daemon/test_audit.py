# SPDX-License-Identifier: Apache-2.0
"""Who changed what: every change of an operator is in the log, and none is made without."""
import getpass
import json
import os

MAC = "52:54:00:00:00:01"


def changes(daemon):
    """What was recorded, without the fixture's profile."""
    entries = daemon.get("/audit")["items"][1:]
    assert all(entry["uid"] == os.getuid() and entry["user"] == getpass.getuser() for entry in entries)
    return [(entry["action"], entry["object"]) for entry in entries]


def test_every_change_is_recorded(daemon, agent):
    one, two = agent(MAC), agent("52:54:00:00:00:02")
    code = one.enrol()[1]["check_code"]
    two.enrol()
    assert daemon.api("POST", f"/machines/{MAC}/approve", {"profile": "worker"})[0] == 200
    assert daemon.api("POST", "/machines/approve", {"machines": [two.mac], "profile": "worker"})[0] == 200
    window = daemon.api("POST", "/enrol/windows", {"count": 3, "for_s": 600})[1]["id"]
    assert daemon.api("DELETE", f"/enrol/windows/{window}")[0] == 200
    assert daemon.api("PUT", "/profiles/other", {"image": "os/debian", "hostname": "o{n}"})[0] == 200
    assert daemon.api("DELETE", "/profiles/other")[0] == 200
    assert daemon.api("DELETE", "/machines/r2")[0] == 200
    made = [("machine.approve", "r1"), ("machine.approve", "r2"), ("window.open", window), ("window.close", window),
            ("profile.put", "other"), ("profile.rm", "other"), ("machine.rm", "r2")]
    assert changes(daemon) == made
    assert code in daemon.get("/audit")["items"][1]["detail"]
    daemon.kill()
    daemon.start()
    assert changes(daemon) == made
    assert [entry["object"] for entry in daemon.get("/audit?last=1")["items"]] == ["r2"]


def test_what_is_refused_or_only_asked_is_not(daemon):
    assert daemon.api("POST", "/machines/nobody/approve", {})[0] == 404
    assert daemon.api("PUT", "/profiles/other", {"image": "os/nowhere"})[0] == 422
    assert daemon.api("DELETE", "/enrol/windows/nobody")[0] == 404
    daemon.get("/status")
    assert changes(daemon) == []


def test_nothing_is_changed_without_a_record(daemon):
    log = daemon.state / "audit.jsonl"
    log.unlink()
    log.mkdir()
    status, problem = daemon.api("PUT", "/profiles/other", {"image": "os/debian", "hostname": "o{n}"})
    assert status >= 500 and problem["code"] == "SW-1027" and problem["hint"]
    assert daemon.api("GET", "/profiles/other")[0] == 404
    log.rmdir()
    assert daemon.api("PUT", "/profiles/other", {"image": "os/debian", "hostname": "o{n}"})[0] == 200
    entry, = [json.loads(line) for line in log.read_text().splitlines()]
    assert (entry["action"], entry["object"], entry["detail"]) == ("profile.put", "other", "os/debian")
