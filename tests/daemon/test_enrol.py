# SPDX-License-Identifier: Apache-2.0
"""Enrolment and approval, from the agent's side and the operator's."""
import base64
import hashlib
import os
import time

import pytest

from slipwayd import Agent, disk

MAC = "52:54:00:00:00:01"


def refused(answer, status, code):
    """The answer must be this problem."""
    assert answer[0] == status, answer
    assert answer[1]["code"] == code, answer


def approve(daemon, reference, profile="worker"):
    """Approve a machine that can be approved."""
    status, answer = daemon.api("POST", f"/machines/{reference}/approve", {"profile": profile})
    assert status == 200, answer
    return answer


def test_straight_way(daemon, agent):
    one = agent(MAC, serial="S-100", uuid="4c4c4544-0001")
    status, answer = one.enrol()
    assert status == 200, answer
    machine = daemon.get(f"/machines/{MAC}")
    assert machine["check_code"] == answer["check_code"]
    assert machine["inventory"]["dmi"]["serial"] == "S-100"
    assert machine["waits"]["stage"] == "approve"
    waiting = one.plan()
    assert (waiting["state"], waiting["plan"], waiting["seq"]) == ("pending", None, 0)
    approve(daemon, "S-100")
    told = one.plan()
    assert told["state"] == "approved"
    assert told["plan"]["hostname"] == "r1"
    assert told["plan"]["image"]["repository"] == "os/debian"
    assert one.report(step="layer 1/1")[1] == {"abort": False}
    assert one.install()[0] == 200
    machine = daemon.get("/machines/r1")
    assert (machine["state"], machine["disk"]) == ("booting", "D1")
    stages = [(row["stage"], row["status"]) for row in machine["timeline"]]
    assert stages[-4:] == [("enrol", "done"), ("approve", "done"), ("write", "done"), ("boot", "running")]
    script = daemon.http("GET", f"/boot/next.ipxe?mac={MAC.replace(':', '-')}")[2]
    assert b"kernel" not in script


def test_check_code_is_of_key_and_nonce(daemon, agent):
    one = agent(MAC)
    nonce = None

    def remember(method, path, body=None, token=None, call=one.call):
        nonlocal nonce
        status, answer = call(method, path, body, token)
        nonce = answer.get("nonce", nonce)
        return status, answer
    one.call = remember
    code = one.enrol()[1]["check_code"]
    number = int.from_bytes(hashlib.sha256(b"slipway-code-v1\0" + daemon.pin() + one.public
                                           + base64.b64decode(nonce)).digest()[:8], "big") % 10 ** 8
    assert code == f"{number:08d}"[:4] + "-" + f"{number:08d}"[4:]


def test_wrong_proofs(strict):
    one, other = Agent(strict, MAC), Agent(strict, "52:54:00:00:00:02")
    refused(one.enrol(key=other.key), 403, "SW-5003")
    refused(one.enrol(pin=b"\1" * 32), 403, "SW-5003")
    refused(one.enrol(nonce=os.urandom(32)), 403, "SW-5003")
    refused(one.enrol(change='{"agent":"0.2"}'), 403, "SW-5003")
    assert strict.get("/machines")["items"] == []


@pytest.mark.parametrize("path", ["/plan?seq=0", "/csr"])
@pytest.mark.parametrize("token", [None, "x", "A" * 43, "A" * 5000])
def test_tokens_of_nobody(strict, path, token):
    refused(Agent(strict, MAC).call("GET", path, token=token), 401, "SW-5001")


def test_power_cuts(daemon, agent):
    """A machine that waits and one that is written come back with new keys; their old agents are alive, then not."""
    waits, waits_again = (agent("52:54:00:00:00:02", serial="S-200") for _ in range(2))
    first, second = agent(MAC, serial="S-100"), agent(MAC, serial="S-100", disks=[disk(holds=["gpt", "ext4"])])
    old = waits.enrol()[1]
    first.enrol()
    approve(daemon, MAC)
    seq = first.plan()["seq"]
    first.report(step="layer 1/3")
    for _ in range(2):
        assert first.plan()["seq"] == seq
        refused(second.enrol(), 409, "SW-5012")
    assert waits.plan()["state"] == "pending"
    refused(waits_again.enrol(), 409, "SW-5012")
    machine = daemon.get("/machines/r1")
    assert machine["state"] == "writing"
    assert [row["status"] for row in machine["timeline"]].count("alarm") == 1
    assert (first.plan()["seq"], first.report(step="layer 2/3")[0]) == (seq, 200)
    while second.enrol()[0] == 409:
        time.sleep(1)  # as an agent does
    told = second.plan()
    assert (told["state"], told["seq"], told["plan"]["disk"]["resume"]) == ("approved", seq + 1, "D1")
    refused(first.call("GET", "/plan"), 401, "SW-5001")
    second.plan()
    refused(first.enrol(), 409, "SW-5012")
    assert second.install()[0] == 200
    new = waits_again.enrol()[1]
    assert new["machine"] == old["machine"]
    refused(waits.call("GET", "/plan"), 401, "SW-5001")
    assert waits_again.plan()["check_code"] == new["check_code"]


def test_second_key_for_an_installed_machine_is_an_alarm(daemon, agent):
    first = agent(MAC, serial="S-100")
    first.enrol()
    approve(daemon, MAC)
    first.install()
    again = agent(MAC, serial="S-100")
    refused(again.enrol(), 409, "SW-5004")
    problem = again.enrol()[1]
    assert "'r1'" in problem["detail"] and "slipway machine rm r1" in problem["hint"]
    refused(agent(MAC, serial="S-200").enrol(), 409, "SW-5004")
    rows = daemon.get("/machines/r1")["timeline"]
    assert [row["status"] for row in rows].count("alarm") == 1
    assert daemon.get("/machines/r1")["state"] == "booting"
    assert daemon.api("DELETE", "/machines/r1")[0] == 200
    assert again.enrol()[0] == 200


def test_placeholders_merge_nothing(daemon, agent):
    made = {agent(f"52:54:00:00:01:{n:02x}", serial="To be filled by O.E.M.", uuid="0" * 8).enrol()[1]["machine"]
            for n in range(20)}
    assert len(made) == 20


def test_same_serial_on_two_machines_is_shown(daemon, agent):
    first, second = agent(MAC, serial="S-100"), agent("52:54:00:00:00:02", serial="S-100")
    assert first.enrol()[1]["machine"] != second.enrol()[1]["machine"]
    for mac in (MAC, second.mac):
        assert "alarm" in [row["status"] for row in daemon.get(f"/machines/{mac}")["timeline"]]


def test_names_go_up_and_are_used_again(daemon, agent):
    for n in range(1, 4):
        agent(f"52:54:00:00:00:0{n}").enrol()
        assert approve(daemon, f"52:54:00:00:00:0{n}")["name"] == f"r{n}"
    assert daemon.api("DELETE", "/machines/r2")[0] == 200
    agent("52:54:00:00:00:09").enrol()
    assert approve(daemon, "52:54:00:00:00:09")["name"] == "r2"


def test_failures_are_tried_again_and_parked(daemon, agent):
    one = agent(MAC)
    one.enrol()
    approve(daemon, MAC)
    one.report(status="failed", code="SW-3010", detail="the disk gives I/O errors")
    machine = daemon.get("/machines/r1")
    assert (machine["state"], machine["code"]) == ("failed", "SW-3010")
    assert "I/O errors" in one.plan()["message"]
    for _ in range(2):
        approve(daemon, "r1")
        one.report(status="failed", code="SW-3010", detail="the disk gives I/O errors")
    assert daemon.get("/machines/r1")["state"] == "failed"


def test_approval_is_refused_with_reasons(daemon, agent):
    full, small = agent(MAC, disks=[disk(holds=["ext4"])]), agent("52:54:00:00:00:02", disks=[disk(size=1 << 20)])
    daemon.api("PUT", "/profiles/large", {"image": "os/debian", "hostname": "l{n}", "disk": {"min_size": "10G"}})
    full.enrol()
    small.enrol()
    refused(daemon.api("POST", f"/machines/{MAC}/approve", {"profile": "worker"}), 409, "SW-3006")
    refused(daemon.api("POST", f"/machines/{small.mac}/approve", {"profile": "large"}), 404, "SW-3005")
    refused(daemon.api("POST", f"/machines/{MAC}/approve", {"profile": "nobody"}), 404, "SW-6006")
    refused(daemon.api("POST", "/machines/nobody/approve", {}), 404, "SW-5011")
    refused(daemon.api("POST", f"/machines/{MAC}/approve", {}), 422, "SW-6007")
    assert daemon.get(f"/machines/{MAC}")["state"] == "pending"


def test_disk_named_by_the_profile_is_overwritten(daemon, agent):
    full = agent(MAC, disks=[disk(holds=["ext4"])])
    full.enrol()
    daemon.api("PUT", "/profiles/over", {"image": "os/debian", "hostname": "o1", "disk": {"overwrite": ["D1"]}})
    assert approve(daemon, MAC, "over")["name"] == "o1"
    assert full.plan()["plan"]["disk"]["overwrite"] == ["D1"]


@pytest.mark.parametrize("change", [
    lambda i: i.pop("dmi"), lambda i: i["dmi"].update(serial="x" * 300), lambda i: i.update(boot_mac="none"),
    lambda i: i.update(extra=1), lambda i: i["disks"].extend([disk()] * 200), lambda i: i.update(memory_bytes="1"),
])
def test_bad_inventories(strict, change):
    one = Agent(strict, MAC)
    change(one.inventory)
    assert one.enrol()[0] == 400
    assert strict.get("/machines")["items"] == []


def test_hostile_texts_stay_texts(daemon, agent):
    one = agent(MAC, serial='"; ${boot} $(reboot) <script> \u202e \x1b[31m')
    assert one.enrol()[0] == 200
    machine = daemon.get(f"/machines/{MAC}")
    assert machine["serial"] == '"; ${boot} $(reboot) <script> \u202e \x1b[31m'
    assert all("\x1b" not in row["evidence"] for row in machine["timeline"])
