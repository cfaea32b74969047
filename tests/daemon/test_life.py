# SPDX-License-Identifier: Apache-2.0
"""Start, end, kill, restart, and what stands in the way of a start."""
import contextlib
import socket
import sqlite3
import stat
import subprocess

import pytest

import store
from slipwayd import Agent, Slipwayd, UnixConnection

MAC = "52:54:00:00:00:01"
STREAMS = 1000


def test_kill_loses_nothing_acknowledged(daemon, agent):
    one = agent(MAC, serial="S-100")
    one.enrol()
    daemon.api("POST", f"/machines/{MAC}/approve", {"profile": "worker"})
    plan = one.plan()
    window = daemon.api("POST", "/enrol/windows", {"count": 3, "for_s": 600, "profile": "worker"})[1]
    pin = daemon.pin()
    daemon.kill()
    daemon.start()
    assert daemon.pin() == pin
    assert one.plan() == plan
    assert one.report(step="layer 1/1")[0] == 200
    assert daemon.get("/profiles/worker")["image"] == "os/debian"
    assert daemon.get("/enrol/windows")["items"][0]["id"] == window["id"]
    assert one.install()[0] == 200
    daemon.kill()
    daemon.start()
    machine = daemon.get("/machines/r1")
    assert (machine["state"], machine["waits"]["stage"]) == ("booting", "boot")
    assert [row["status"] for row in machine["timeline"]].count("running") == 1
    script = daemon.http("GET", f"/boot/next.ipxe?mac={MAC}")[2]
    assert b"vmlinuz" not in script
    again = Agent(daemon, "52:54:00:00:00:02")
    again.enrol()
    assert again.plan()["state"] == "approved"


def test_end_with_a_thousand_streams(daemon):
    streams = []
    for _ in range(STREAMS):
        stream = socket.socket(socket.AF_UNIX)
        stream.settimeout(20)
        stream.connect(str(daemon.run_dir / "api.sock"))
        stream.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: slipway\r\n\r\n")
        streams.append(stream)
    for stream in streams:
        assert stream.recv(4096).startswith(b"HTTP/1.1 200")
    bulk = []
    for _ in range(STREAMS // 4):
        peer = socket.create_connection(("127.0.0.1", daemon.http_port), 20)
        peer.sendall(b"GET /v2/ HTTP/1.1\r\nHost: slipway\r\n\r\n")
        bulk.append(peer)
    for peer in bulk:
        assert peer.recv(4096).startswith(b"HTTP/1.1 200")
    assert daemon.stop() == 0
    for stream in streams:
        tail = b""
        while part := stream.recv(4096):
            tail = (tail + part)[-16:]
        assert tail.endswith(b"0\r\n\r\n")
        stream.close()
    for peer in bulk:
        peer.close()
    daemon.start()


def test_end_in_the_middle_of_blobs(folder):
    layer = store.make(folder / "state" / "store", bytes(24 << 20))
    daemon = Slipwayd(folder).start()
    peers = []
    for _ in range(100):
        peer = socket.create_connection(("127.0.0.1", daemon.http_port), 20)
        peer.sendall(f"GET /v2/os/debian/blobs/{layer} HTTP/1.1\r\nHost: slipway\r\n\r\n".encode())
        assert peer.recv(16).startswith(b"HTTP/1.1 200")
        peers.append(peer)
    assert daemon.stop() == 0


def test_port_taken(folder):
    daemon = Slipwayd(folder)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", daemon.http_port))
        taken.listen()
        said = daemon.refuse()
    assert "SW-1002" in said and str(daemon.http_port) in said


def test_second_daemon(daemon, folder):
    second = Slipwayd(folder)
    assert "SW-1021" in second.refuse()
    assert daemon.get("/status")["address"] == "127.0.0.1"


def test_state_of_a_newer_version(folder):
    daemon = Slipwayd(folder).start()
    assert daemon.stop() == 0
    with sqlite3.connect(folder / "state" / "state.db") as database:
        database.execute("UPDATE meta SET value = '7' WHERE key = 'version'")
    database.close()
    said = daemon.refuse()
    assert "SW-1021" in said and "7" in said


def test_state_that_cannot_be_written(folder, tmp_path):
    daemon = Slipwayd(folder)
    (tmp_path / "file").write_text("")
    said = daemon.refuse("--state-dir", str(tmp_path / "file" / "state"))
    assert "SW-1021" in said


@pytest.mark.parametrize("args, code", [
    (("--iface", "nothere0"), "SW-1003"), (("--http-port", "0"), "SW-1020"), (("--address", "a"), "SW-1020"),
    (("--range", "10.0.0.1"), "SW-1020"), (("--nonsense",), "SW-1020"), (("word",), "SW-1020"),
])
def test_bad_options(folder, args, code):
    assert code in Slipwayd(folder).refuse(*args)


def test_modes_of_what_is_secret(daemon):
    for name in ("appliance.key", "state.db"):
        assert stat.S_IMODE((daemon.state / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((daemon.run_dir / "api.sock").stat().st_mode) == 0o660


def test_no_secret_in_log_or_database(daemon, agent):
    one = agent(MAC)
    one.enrol()
    one.plan()
    agent(MAC).call("GET", "/plan", token="canary-token")
    daemon.stop()
    for path in [daemon.folder / "log", *daemon.state.glob("state.db*")]:
        content = path.read_bytes()
        assert one.token.encode() not in content
        assert b"canary-token" not in content
    daemon.start()


def test_events_go_on_after_a_reconnect(daemon, agent):
    agent(MAC).enrol()
    stream = UnixConnection(daemon.run_dir / "api.sock")
    stream.request("GET", "/api/v1/events?after=1")
    first = stream.getresponse()
    assert b"id:" in first.readline() and first.readline() == b"event: reset\n"
    stream.close()
    last = max(int(line[4:]) for line in read_events(daemon, 1) if line.startswith(b"id: "))
    agent("52:54:00:00:00:02").enrol()
    numbers = [int(line[4:]) for line in read_events(daemon, last) if line.startswith(b"id: ")]
    assert numbers[0] == last + 1


def read_events(daemon, after):
    """The lines up to the first empty one."""
    stream = UnixConnection(daemon.run_dir / "api.sock")
    stream.request("GET", "/api/v1/events", headers={"Last-Event-ID": str(after)})
    answer, lines = stream.getresponse(), []
    while (line := answer.readline()) != b"\n" or not lines or lines == [b":\n"]:
        lines.append(line)
    stream.close()
    return lines


@pytest.fixture
def small(folder):
    """A daemon whose state lies on a file system of 4 MB, and a function that fills that or empties it again."""
    state = folder / "state"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(state)], check=True)
    (state / "store").mkdir()
    store.make(state / "store")
    filler = state / "filler"

    def fill(full):
        if not full:
            filler.unlink()
            return
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as out:
            while out.write(bytes(4096)):
                pass
    one = Slipwayd(folder).start()
    try:
        assert one.api("PUT", "/profiles/worker", {"image": "os/debian", "hostname": "r{n}"})[0] == 200
        yield one, fill
        assert one.stop() == 0
    finally:
        if one.process:
            one.kill()
        subprocess.run(["umount", str(state)], check=True)


def test_full_disk(small):
    daemon, fill = small
    one, two = Agent(daemon, MAC), Agent(daemon, "52:54:00:00:00:02")
    assert one.enrol()[0] == 200
    assert daemon.api("POST", f"/machines/{MAC}/approve", {"profile": "worker"})[0] == 200
    one.plan()
    fill(True)
    for _ in range(2):
        status, problem = one.install()
        assert (status, problem["code"]) == (507, "SW-1022")
        assert two.enrol()[0] == 507
        assert daemon.api("PUT", "/profiles/other", {"image": "os/debian", "hostname": "o{n}"})[0] >= 500
    machine, = daemon.get("/machines")["items"]
    assert machine["state"] == "approved"
    assert daemon.http("GET", "/v2/")[0] == 200
    fill(False)
    assert one.install()[0] == 200
    assert two.enrol()[0] == 200
    daemon.kill()
    daemon.start()
    assert {each["state"] for each in daemon.get("/machines")["items"]} == {"booting", "pending"}
