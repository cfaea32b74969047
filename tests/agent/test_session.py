# SPDX-License-Identifier: Apache-2.0
"""The agent towards an appliance: trust, enrolment, waiting, and an appliance that goes and comes."""


def test_enrols_and_waits(peer, machine):
    machine.start(*peer.arguments(), "--mac", "52-54-00-00-00-01")
    peer.wait(lambda: peer.calls.count("plan") >= 3)
    key, inventory = peer.enrolled[0]
    assert len(peer.enrolled) == 1
    assert inventory["boot_mac"] == "52:54:00:00:00:01"
    assert inventory["memory_bytes"] == 1024 * 1024
    assert inventory["dmi"]["product"] == 'Box "7" ${x} [31m'
    assert inventory["uptime_ms"] > 0
    machine.wait(f"r1 [{peer.code()}] waiting for approval; waiting for an operator")
    assert peer.token not in machine.said


def test_another_key_is_not_the_appliance(peer, machine):
    arguments = peer.arguments()
    arguments[arguments.index("--pin") + 1] = "sha256:" + "ab" * 32
    machine.start(*arguments)
    machine.wait("problem:")
    assert peer.calls == []


def test_a_wrong_check_code_is_refused(peer, machine):
    peer.wrong_code = True
    machine.start(*peer.arguments())
    peer.wait(lambda: len(peer.enrolled) >= 2)
    machine.wait("SW-5010")
    assert "plan" not in peer.calls
    peer.wrong_code = False
    peer.wait(lambda: "plan" in peer.calls)


def test_a_forgotten_token_is_enrolled_anew_with_the_same_key(peer, machine):
    machine.start(*peer.arguments())
    peer.wait(lambda: "plan" in peer.calls)
    with peer.changed:
        peer.token = "another"
    peer.wait(lambda: len(peer.enrolled) == 2)
    peer.wait(lambda: peer.calls[-1] == "plan")
    assert peer.enrolled[0][0] == peer.enrolled[1][0]


def test_an_appliance_that_is_away_is_waited_for(peer, machine):
    peer.stop_api()
    machine.start(*peer.arguments())
    machine.wait("not enrolled")
    peer.start_api()
    peer.wait(lambda: "plan" in peer.calls)
    assert len(peer.enrolled) == 1


def test_a_machine_that_is_held_is_waited_for(peer, machine):
    peer.refusal = {"title": "Conflict", "status": 409, "code": "SW-5012", "hint": "", "detail": "another key"}
    machine.start(*peer.arguments())
    peer.wait(lambda: peer.calls.count("enrol") >= 2)
    machine.wait("not enrolled; waiting for this machine's earlier agent to be silent; problem: ")
    peer.refusal = None
    peer.wait(lambda: "plan" in peer.calls)
    assert len(peer.enrolled) == 1


def test_a_machine_that_is_installed_says_what_an_operator_is_to_do(peer, machine):
    peer.refusal = {"title": "Conflict", "status": 409, "code": "SW-5004", "detail": "'r1' has another key",
                    "hint": "slipway machine rm r1, if it is the same"}
    machine.start(*peer.arguments())
    machine.wait("waiting for an operator: slipway machine rm r1, if it is the same; problem: the appliance refuses "
                 "'enrol' (status 409): 'r1' has another key (SW-5004)")


def test_a_plan_that_does_not_fit_is_reported(peer, machine):
    peer.plan = {"seq": 3, "state": "approved", "message": "", "plan": {"id": "x"}}
    machine.start(*peer.arguments())
    peer.wait(lambda: peer.reports)
    assert peer.reports[0]["status"] == "failed"
    assert peer.reports[0]["code"] == "SW-3023"
    seen = len(peer.calls)
    peer.wait(lambda: peer.calls[seen:].count("plan") >= 2)
    assert len(peer.reports) == 1  # once per sequence number: to try again is the appliance's word
