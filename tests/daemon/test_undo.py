# SPDX-License-Identifier: Apache-2.0
"""What a disk held, kept before it is written: taken in pieces, listed, given out, put back by the commands."""
import base64
import json
import os
import shlex
import subprocess

from slipwayd import BUILD, disk

MAC = "52:54:00:00:00:01"
PIECE = 128 << 10


def pieces(data):
    """The bodies that an agent sends."""
    return [{"at": at, "data": base64.b64encode(data[at:at + PIECE]).decode(), "last": at + PIECE >= len(data)}
            for at in range(0, len(data), PIECE)]


def kept(content, ranges, size):
    """The form of images/undo.h."""
    header = {"format": 1, "disk": disk(size=size, holds=["gpt", "ext4"], serial="S1"), "whole": True,
              "ranges": ranges}
    raw = b"".join(content[at:at + n] for at, n in ranges)
    frame = subprocess.run(["zstd", "-c"], input=raw, capture_output=True, check=True).stdout
    return json.dumps(header).encode() + b"\n" + frame


def approved(daemon, agent, mac=MAC, **machine):
    one = agent(mac, **machine)
    one.enrol()
    assert daemon.api("POST", f"/machines/{mac}/approve", {"profile": "worker"})[0] == 200
    return one


def slipway(daemon, *args):
    return subprocess.run([BUILD / "slipway", "machine", "disk-undo", *args, "--run-dir", daemon.run_dir],
                          capture_output=True, text=True, check=False, timeout=60)


def test_kept_listed_and_put_back(daemon, agent, tmp_path):
    content = os.urandom(6 << 20)
    ranges = [[0, 1 << 20], [(5 << 20) + 512, 512]]
    one = approved(daemon, agent)
    data = kept(content, ranges, len(content))
    for body in pieces(data):
        assert one.call("POST", "/undo", body) == (200, {})
        assert one.call("POST", "/undo", body) == (200, {})  # the answer was lost: once more
    row, = daemon.get(f"/machines/{MAC}/undo")["items"]
    assert row["disk"]["serial"] == "S1" and row["disk"]["holds"] == ["gpt", "ext4"]
    assert (row["whole"], row["ranges"], row["size_bytes"]) == (True, 2, len(data))
    assert "S1" in slipway(daemon, MAC).stdout
    done = slipway(daemon, MAC, "--export", tmp_path / "undo")
    assert done.returncode == 0, done.stderr
    target = tmp_path / "disk"
    target.write_bytes(bytes(len(content)))
    for line in done.stdout.splitlines():
        subprocess.run(shlex.split(line.replace("DISK", str(target))), check=True, capture_output=True)
    wanted = bytearray(len(content))
    for at, n in ranges:
        wanted[at:at + n] = content[at:at + n]
    assert target.read_bytes() == wanted
    assert daemon.api("DELETE", f"/machines/{MAC}")[0] == 200
    assert not list((daemon.state / "undo").glob("*/*"))


def test_refused(daemon, agent):
    stranger = agent("52:54:00:00:00:02")
    stranger.enrol()
    body = pieces(b"x")[0]
    assert stranger.call("POST", "/undo", body)[0] == 403
    one = approved(daemon, agent)
    for change, code in (({"at": 5}, "SW-5013"), ({"data": "?"}, "SW-5013"),
                         ({"data": base64.b64encode(bytes((160 << 10) + 1)).decode()}, None)):
        status, problem = one.call("POST", "/undo", {**body, **change})
        assert 400 <= status < 500 and (code is None or problem["code"] == code), problem
    assert daemon.get(f"/machines/{MAC}/undo")["items"] == []
    assert daemon.api("GET", f"/machines/{MAC}/undo/7")[1]["code"] == "SW-5014"
    assert slipway(daemon, MAC, "--export", "/nonexistent/x").returncode == 3
    assert one.call("POST", "/undo", {**body, "at": 0})[0] == 200  # what is no header is kept, and says little
    assert daemon.get(f"/machines/{MAC}/undo")["items"][0]["whole"] is False
