# SPDX-License-Identifier: Apache-2.0
"""What the command prints, where to, and how it ends."""
import base64
import json
import time

import pytest

from cli.conftest import events, plain, problem

MACHINES = [
    {"id": "m1", "name": "r1", "state": "pending", "mac": "52:54:00:00:00:01", "serial": "ABC", "vendor": "Dell",
     "product": "R640", "check_code": "1234-5678", "changed_ms": 1, "waits": {"stage": "approve"}},
    {"id": "m2", "name": "r2", "state": "ready", "mac": "52:54:00:00:00:02", "serial": "x\x1b]0;owned\x07\u202e\x9b",
     "vendor": "", "product": "", "check_code": "", "changed_ms": 1, "waits": {"stage": "ready"}},
]


def row(number, stage, status="running", machine="m1", **more):
    """An event of a timeline row."""
    return number, "timeline", {"number": number, "stage": stage, "status": status, "start_ms": 1000, "end_ms": 0,
                                "evidence": "", "bytes": 0, "rate_bps": 0, "machine": machine,
                                "name": machine.replace("m", "r"), **more}


def state(number, machine, value):
    """An event of a machine's change of state."""
    return number, "machine", {**MACHINES[int(machine[1]) - 1], "state": value}


def test_table_is_aligned_and_harmless(daemon, slipway):
    daemon.answer("GET", "/machines", (200, {"items": MACHINES}))
    done = slipway("machine", "list", "-o", "wide")
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and len(lines) == 3
    assert plain(done.stdout)
    assert all(line[lines[0].index("SERIAL") - 1] == " " for line in lines)
    assert "Dell R640" in lines[1] and "x?]0;owned?" in lines[2]
    assert "slipway machine approve r1" in done.stderr


@pytest.mark.parametrize("form, text", [
    ("name", "r1\nr2\n"),
    ("jsonl", "".join(json.dumps(each, separators=(",", ":")) + "\n" for each in MACHINES)),
])
def test_formats(daemon, slipway, form, text):
    daemon.answer("GET", "/machines", (200, {"items": MACHINES}))
    assert slipway("machine", "list", "-o", form).stdout.lower() == text.lower()
    assert json.loads(slipway("machine", "list", "-o", "json").stdout) == {"items": MACHINES}


@pytest.mark.parametrize("status, code, exit_status", [
    (404, "SW-5011", 3), (403, "SW-5003", 4), (409, "SW-6008", 4), (422, "SW-6001", 4), (504, "SW-4011", 5),
    (500, "SW-9999", 1),
])
def test_problem_becomes_a_sentence_and_an_exit_status(daemon, slipway, status, code, exit_status):
    daemon.answer("GET", "/machines/r9", (status, problem(status, code, "what and \x1b[31mwhy", "do this")))
    done = slipway("machine", "show", "r9")
    assert done.returncode == exit_status and done.stdout == ""
    assert done.stderr == f"slipway: {code} what and ?[31mwhy\n  try: do this\n"


def test_answer_that_is_no_problem(daemon, slipway):
    daemon.answer("GET", "/status", (500, b"<html>"))
    assert "slipwayd answered 500" in slipway("status").stderr


def test_no_daemon(slipway):
    done = slipway("machine", "list")
    assert done.returncode == 6
    assert done.stderr.startswith("slipway: no slipwayd answers at ")
    assert "try: slipway up" in done.stderr


@pytest.mark.parametrize("args, says", [
    (["machin"], "Did you mean 'machine'?"),
    (["machine", "aprove"], "Did you mean 'slipway machine approve'?"),
    (["machine", "approve"], "MACHINE... is missing"),
    (["enrol", "open", "--for", "30m"], "'--count N' is missing"),
    (["enrol", "open", "--count", "0", "--for", "30m"], "no number of machines"),
    (["enrol", "open", "--count", "3", "--for", "soon"], "soon"),
    (["machine", "list", "-o", "xml"], "no output format"),
    (["machine", "list", "--colour"], "unknown option '--colour'"),
])
def test_usage(slipway, args, says):
    done = slipway(*args)
    assert done.returncode == 2 and says in done.stderr and done.stdout == ""


def test_help_of_everything(slipway):
    nouns = [line.split()[0] for line in slipway("--help").stdout.splitlines() if line.startswith("  ") and
             line[2] not in " -"]
    assert {"up", "machine", "cluster", "profile", "enrol", "image", "status"} <= set(nouns)
    for noun in nouns:
        done = slipway(noun, "--help")
        assert done.returncode == 0 and f"slipway {noun}" in done.stdout
    assert "usage: slipway machine approve" in slipway("machine", "approve", "--help").stdout


def test_show(daemon, slipway):
    waits = {"stage": "approve", "waits_for": "an operator, or a window", "since_ms": 1, "usual_ms": 60000,
             "checks": ["compare the check code"]}
    record = {**MACHINES[0], "waits": waits, "timeline": [
        {"stage": "dhcp", "status": "done", "start_ms": 1000, "end_ms": 3000, "usual_ms": 10000,
         "evidence": "DHCPACK 10.9.0.20", "bytes": 0, "rate_bps": 0},
        {"stage": "kernel", "status": "running", "start_ms": 3000, "end_ms": 0, "usual_ms": 10000, "evidence": "",
         "bytes": 12000000, "rate_bps": 6000000}],
        "inventory": {"cpu": {"model": "Xeon", "cores": 8}, "memory_bytes": 64 << 30, "firmware": "uefi",
                      "disks": [{"name": "nvme0n1", "size_bytes": 960197124096, "bus": "nvme", "model": "P5510",
                                 "serial": "S1", "holds": ["gpt", "ext4"]}],
                      "nics": [{"name": "eno1", "mac": "52:54:00:00:00:01", "driver": "ixgbe", "link": True,
                                "speed_mbps": 10000, "lldp_switch": "sw1", "lldp_port": "12"}]}}
    daemon.answer("GET", "/machines/r1", (200, record))
    text = slipway("machine", "show", "r1").stdout
    for part in ("r1 is pending", "1234-5678", "Xeon, 8 cores", "gpt,ext4", "10000 Mbit/s", "sw1 12",
                 "00:00:01  2.0 s", "10 s   DHCPACK 10.9.0.20", "12.0 MB at 6.0 MB/s",
                 "waits for an operator, or a window, since 00:00:00", "usually 60 s", "compare the check code"):
        assert part in text
    assert json.loads(slipway("machine", "show", "r1", "-o", "json").stdout) == record


def test_watch_prints_rows_and_ends_with_the_state(daemon, slipway):
    daemon.answer("GET", "/machines", (200, {"items": MACHINES[:1], "event": 3}))
    daemon.answer("GET", "/events", (200, events(
        row(4, "approve"), row(4, "approve", "done", end_ms=3000, evidence="by a window\n\x1b[2J"),
        row(5, "write", bytes=1000), row(5, "write", bytes=2000), row(5, "write", bytes=3000),
        row(6, "dhcp", machine="m2"), state(7, "m1", "ready"), row(8, "ready"))))
    done = slipway("machine", "watch", "r1", "--until", "ready")
    assert done.returncode == 0 and plain(done.stdout)
    assert [line.split()[1:4] for line in done.stdout.splitlines()] == [
        ["r1", "approve", "..."], ["r1", "approve", "done"], ["r1", "write", "..."]]
    assert "after 2.0 s: by a window??[2J" in done.stdout
    assert daemon.calls[1][1] == "/api/v1/events?after=3"


def test_watch_goes_on_after_the_daemon_was_away(daemon, slipway):
    daemon.answer("GET", "/machines", (200, {"items": MACHINES[:1], "event": 3}),
                  (200, {"items": [{**MACHINES[0], "state": "writing"}], "event": 90}))
    daemon.answer("GET", "/events", (200, events(row(4, "write"))), (200, events((89, "reset", {}))),
                  (200, events(state(91, "m1", "ready"))))
    assert slipway("machine", "watch", "--until", "ready").returncode == 0
    assert [path for _, path, _ in daemon.calls if "events" in path] == [
        f"/api/v1/events?after={number}" for number in (3, 4, 90)]


def test_watch_prints_what_it_missed(daemon, slipway):
    """The daemon holds no events of what happened while we were not there: its timelines do."""
    now = int(time.time() * 1000) + 3600000  # after the last word, however slow we are
    daemon.answer("GET", "/machines", (200, {"items": MACHINES[:1], "event": 3}))
    daemon.answer("GET", "/machines/m1", (200, {**MACHINES[0], "timeline": [
        row(2, "agent", "done", end_ms=3000)[2], row(4, "write", "done", end_ms=now + 1000)[2],
        row(5, "write", "alarm", start_ms=now + 2000, end_ms=now + 2000, evidence="another key")[2],
        row(6, "boot", start_ms=now + 3000)[2]]}))
    daemon.answer("GET", "/events", (200, events(row(4, "write"))), (200, events((89, "reset", {}))), (200, events(
        row(6, "boot"), row(6, "boot", "done", end_ms=now + 4000), state(91, "m1", "ready"))))
    done = slipway("machine", "watch", "r1", "--until", "ready")
    assert done.returncode == 0, done.stderr
    assert [line.split()[1:4] for line in done.stdout.splitlines()] == [
        ["r1", "write", "..."], ["r1", "write", "done"], ["r1", "write", "alarm:"], ["r1", "boot", "..."],
        ["r1", "boot", "done"]]


def test_watch_waits_for_machines_that_are_not_there_yet(daemon, slipway):
    daemon.answer("GET", "/machines", (200, {"items": [], "event": 1}))
    daemon.answer("GET", "/events", (200, events(state(2, "m1", "ready"))), (200, events(state(3, "m2", "ready"))))
    assert slipway("machine", "watch", "r1", "r2", "--until", "ready").returncode == 0
    assert len(daemon.calls) == 3


def test_watch_times_out(daemon, slipway):
    daemon.answer("GET", "/machines", (200, {"items": MACHINES, "event": 1}))
    daemon.answer("GET", "/events", (200, events()))
    done = slipway("machine", "watch", "r1", "--until", "ready", "--timeout", "1s")
    assert done.returncode == 5 and "not all are ready after 1s" in done.stderr


def test_approve(daemon, slipway):
    daemon.answer("POST", "/machines/r1/approve", (200, {}))
    daemon.answer("POST", "/machines/approve", (200, {}))
    assert slipway("machine", "approve", "r1", "--profile", "worker").returncode == 0
    assert slipway("machine", "approve", "r1", "r 2").returncode == 0
    assert [call[2] for call in daemon.calls] == [{"profile": "worker"}, {"machines": ["r1", "r 2"]}]


def test_references_are_one_segment_of_the_path(daemon, slipway):
    slipway("machine", "show", "../a b%/ü")
    assert daemon.calls[0][1] == "/api/v1/machines/..%2Fa%20b%25%2F%C3%BC"


def test_window(daemon, slipway):
    daemon.answer("POST", "/enrol/windows", (201, {"id": "w1"}))
    assert slipway("enrol", "open", "--count", "12", "--for", "30m").stdout == "w1\n"
    assert daemon.calls[0][2] == {"count": 12, "for_s": 1800}


def test_profile_from_yaml(daemon, slipway, tmp_path):
    daemon.answer("PUT", "/profiles/worker", (200, {}))
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("name: worker\nimage: debian-12-node\ndisk: {min_size: 20G}\n")
    bad.write_text("name: worker\n  image: [\n")
    assert slipway("profile", "apply", good).stdout == "worker\n"
    assert daemon.calls == [("PUT", "/api/v1/profiles/worker", {
        "name": "worker", "image": "debian-12-node", "disk": {"min_size": "20G"}})]
    done = slipway("profile", "apply", bad)
    assert done.returncode != 0 and "bad.yaml" in done.stderr
    assert "missing.yaml" in slipway("profile", "apply", "missing.yaml").stderr


KUBECONFIG = """\
current-context: a
clusters: [{name: a, cluster: {server: 'https://192.0.2.1', certificate-authority: ca.crt}}]
users: [{name: a, user: {client-certificate: FOLDER/tls.crt, client-key: tls.key, tokenFile: token}}]
"""


@pytest.fixture
def kubeconfig(tmp_path):
    for name in ("ca.crt", "tls.crt", "tls.key", "token"):
        (tmp_path / name).write_text(f"<{name}>\n")
    path = tmp_path / "kubeconfig"
    path.write_text(KUBECONFIG.replace("FOLDER", str(tmp_path)))
    return path


def test_cluster_add_sends_one_whole_kubeconfig(daemon, slipway, kubeconfig):
    daemon.answer("PUT", "/clusters/prod", (200, {}))
    daemon.answer("POST", "/clusters/prod/check", (200, {"endpoint": "https://192.0.2.1", "version": "v1.30.0",
                                                       "checks": [{"name": "may x", "ok": False, "detail": "y"}]}))
    done = slipway("cluster", "add", "prod", "--kubeconfig", kubeconfig)
    assert done.returncode == 0 and "may x  no  y" in done.stdout and "something is missing" in done.stderr
    sent = json.loads(next(body for method, _, body in daemon.calls if method == "PUT")["kubeconfig"])
    user, cluster = sent["users"][0]["user"], sent["clusters"][0]["cluster"]
    assert base64.b64decode(user["client-key-data"]) == b"<tls.key>\n" and user["token"] == "<token>"
    assert base64.b64decode(user["client-certificate-data"]) == b"<tls.crt>\n"
    assert base64.b64decode(cluster["certificate-authority-data"]) == b"<ca.crt>\n"
    assert not {"client-key", "client-certificate", "tokenFile", "certificate-authority"} & {*user, *cluster}
    assert slipway("cluster", "check", "prod").returncode == 1


def test_cluster_that_refuses_is_not_kept(daemon, slipway, kubeconfig):
    daemon.answer("PUT", "/clusters/prod", (200, {}))
    daemon.answer("DELETE", "/clusters/prod", (200, {}))
    daemon.answer("POST", "/clusters/prod/check", (403, problem(
        403, "SW-4004", "https://192.0.2.1 refuses the credential", "give a valid one")))
    done = slipway("cluster", "add", "prod", "--kubeconfig", kubeconfig)
    assert done.returncode == 4
    assert "SW-4004 'prod' was not added: https://192.0.2.1 refuses" in done.stderr
    assert daemon.calls[-1][0] == "DELETE"


def test_up_checks_first(slipway):
    done = slipway("up", "--iface", "nosuch0")
    assert done.returncode == 1 and "no interface 'nosuch0'" in done.stderr and "Nothing was started" in done.stderr


ENTRY = {"time_ms": 1764000000000, "uid": 0, "user": "root", "action": "machine.approve", "object": "r1",
         "detail": "profile worker"}


def test_audit_with_a_daemon(daemon, slipway):
    daemon.answer("GET", "/audit", (200, {"items": [ENTRY]}))
    assert "2025-11-24T16:00:00.000Z  root  machine.approve  r1      profile worker" in slipway("audit", "list").stdout
    assert json.loads(slipway("audit", "list", "-o", "json").stdout) == {"items": [ENTRY]}


def test_audit_without_one(slipway, tmp_path):
    assert slipway("--state-dir", tmp_path, "audit", "list", "-o", "jsonl").stdout == ""
    (tmp_path / "audit.jsonl").write_text(json.dumps(ENTRY) + "\n")
    assert json.loads(slipway("--state-dir", tmp_path, "audit", "list", "-o", "jsonl").stdout) == ENTRY
