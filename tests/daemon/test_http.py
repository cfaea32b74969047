# SPDX-License-Identifier: Apache-2.0
"""Both sides of HTTP: bulk bytes with ranges and tags, the registry by skopeo, limits and problems."""
import json
import shutil
import socket
import subprocess

import pytest

import store
from slipwayd import DEADLINE_S, Slipwayd

MAC = "52-54-00-00-00-01"


def test_start_script_and_next_script(daemon):
    status, _, body = daemon.http("GET", "/boot/start.ipxe")
    assert status == 200 and body.startswith(b"#!ipxe") and b"next.ipxe" in body
    status, _, body = daemon.http("GET", f"/boot/next.ipxe?mac={MAC}&platform=efi")
    assert status == 200 and f"slipway.mac={MAC}".encode() in body
    assert f"slipway.server=127.0.0.1:{daemon.machine_port}".encode() in body
    assert f"slipway.pin=sha256:{daemon.pin().hex()}".encode() in body
    seen, = daemon.wait(lambda: daemon.get("/machines")["items"], "the machine on the list")
    assert (seen["state"], seen["mac"]) == ("seen", MAC.replace("-", ":"))


@pytest.mark.parametrize("mac", ["", "x", "52-54-00-00-00", "52-54-00-00-00-01%0Aboot", "00-00-00-00-00-00",
                                 "ff-ff-ff-ff-ff-ff", "52-54-00-00-00-01" * 50])
def test_no_byte_of_a_machine_comes_back(strict, mac):
    status, _, body = strict.http("GET", f"/boot/next.ipxe?mac={mac}")
    assert status == 400 and b"boot\n" not in body
    assert strict.get("/machines")["items"] == []


@pytest.mark.parametrize("target", ["bulk", "admin", "machine"])
def test_a_connection_is_kept_over_requests(strict, target):
    """Two URLs in one call: whoever answers before the request was read to its end closes the connection."""
    path, options = {
        "bulk": (f"http://127.0.0.1:{strict.http_port}/v2/", []),
        "admin": ("http://slipway/api/v1/status", ["--unix-socket", str(strict.run_dir / "api.sock")]),
        "machine": (f"https://127.0.0.1:{strict.machine_port}/machine/v1/plan", ["--insecure"]),
    }[target]
    done = subprocess.run(["curl", "-sS", "-v", "--http1.1", "--max-time", str(DEADLINE_S), *options, path, path],
                          capture_output=True, text=True, check=True)
    assert done.stderr.count("< HTTP/1.1 ") == 2
    assert done.stderr.count("Connected to") == 1 and "Closing connection" not in done.stderr


def test_boot_files(daemon):
    (daemon.folder / "agent").mkdir()
    (daemon.folder / "agent" / "vmlinuz").write_bytes(bytes(range(256)) * 16)
    status, headers, body = daemon.http("GET", "/boot/vmlinuz")
    assert (status, len(body), headers["Accept-Ranges"]) == (200, 4096, "bytes")
    status, headers, body = daemon.http("GET", "/boot/vmlinuz", {"Range": "bytes=10-19"})
    assert (status, body, headers["Content-Range"]) == (206, bytes(range(10, 20)), "bytes 10-19/4096")
    status, headers, _ = daemon.http("GET", "/boot/vmlinuz", {"Range": "bytes=4096-"})
    assert (status, headers["Content-Range"]) == (416, "bytes */4096")
    status, headers, body = daemon.http("HEAD", "/boot/vmlinuz")
    assert (status, headers["Content-Length"], body) == (200, "4096", b"")
    assert daemon.http("GET", "/boot/initrd")[0] == 404
    assert daemon.http("POST", "/boot/vmlinuz")[0] == 405
    for path in ("/", "/boot/", "/boot/../state.db", "/boot/vmlinuz/", "/state.db"):
        assert daemon.http("GET", path)[0] == 404


def test_blobs(folder):
    layer = store.make(folder / "state" / "store", bytes(range(256)) * 4096)
    daemon = Slipwayd(folder).start()
    path = f"/v2/os/debian/blobs/{layer}"
    status, headers, body = daemon.http("GET", path)
    assert status == 200 and body == bytes(range(256)) * 4096
    assert headers["Docker-Content-Digest"] == layer and headers["ETag"] == f'"{layer}"'
    assert "immutable" in headers["Cache-Control"]
    status, headers, body = daemon.http("HEAD", path)
    assert (status, headers["Content-Length"], body) == (200, str(1 << 20), b"")
    assert daemon.http("GET", path, {"If-None-Match": f'"{layer}"'})[0] == 304
    status, headers, body = daemon.http("GET", path, {"Range": "bytes=1048570-"})
    assert (status, body) == (206, bytes(range(250, 256)))
    assert daemon.http("GET", path, {"Range": f"bytes={1 << 20}-"})[0] == 416
    assert daemon.http("POST", "/v2/os/debian/blobs/uploads/")[0] == 405
    assert daemon.http("GET", "/v2/os/debian/blobs/sha256:" + "0" * 64)[0] == 404
    assert daemon.stop() == 0


@pytest.mark.skipif(not shutil.which("skopeo"), reason="skopeo is not installed")
def test_skopeo_pulls(daemon, tmp_path):
    source = f"docker://127.0.0.1:{daemon.http_port}/docker.io/library/app:1"
    subprocess.run(["skopeo", "copy", "--src-tls-verify=false", source, f"oci:{tmp_path}/out:app"], check=True,
                   capture_output=True, timeout=60)
    done = subprocess.run(["skopeo", "inspect", "--tls-verify=false", source], check=True, capture_output=True,
                          timeout=60)
    assert json.loads(done.stdout)["Architecture"] == "amd64"


def test_bodies_have_a_limit(daemon, agent):
    one = agent("52:54:00:00:00:01")
    status, problem = one.call("POST", "/hello", b'{"key":"' + b"A" * (300 << 10) + b'"}')
    assert (status, problem["code"]) == (413, "SW-5002")
    status, problem = daemon.api("PUT", "/profiles/large", {"image": "x" * (2 << 20)})
    assert (status, problem["code"]) == (413, "SW-5002")
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(DEADLINE_S)
        peer.connect(str(daemon.run_dir / "api.sock"))
        peer.sendall(b"PUT /api/v1/profiles/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(20):
            peer.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        peer.sendall(b"0\r\n\r\n")
        assert peer.recv(64).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b'{"a":1,"a":2}', b"\xff", b'{"image":"os/debian","x":1}',
                                  b'{"image":' + b"[" * 100 + b"]" * 100 + b"}"])
def test_bad_bodies(strict, body):
    from slipwayd import UnixConnection
    connection = UnixConnection(strict.run_dir / "api.sock")
    connection.request("PUT", "/api/v1/profiles/x", body)
    answer = connection.getresponse()
    problem = json.loads(answer.read())
    assert answer.status in (400, 422)
    assert answer.getheader("Content-Type") == "application/problem+json"
    assert problem["status"] == answer.status and problem["title"] and problem["detail"]


def test_problems(strict):
    assert strict.api("GET", "/nothing")[0] == 404
    assert strict.api("PATCH", "/machines")[0] == 405
    status, problem = strict.api("PUT", "/profiles/x", {"image": "os/nowhere"})
    assert (status, problem["code"]) == (422, "SW-6002") and "os/nowhere" in problem["detail"]
    status, problem = strict.api("PUT", "/profiles/x", {"image": "docker.io/library/app:1"})
    assert (status, problem["code"]) == (422, "SW-6002") and "container" in problem["detail"]
    status, problem = strict.api("PUT", "/profiles/x", {"image": "os/debian", "cluster": "prod"})
    assert (status, problem["code"]) == (404, "SW-4006")
    status, problem = strict.api("PUT", "/clusters/prod", {"kubeconfig": "nonsense"})
    assert status >= 400 and problem["code"] == "SW-4001"
    assert strict.api("GET", "/profiles/x")[0] == 404
    assert strict.get("/clusters")["items"] == []
    image, = strict.get("/images")["items"]
    assert (image["name"], image["kind"]) == ("os/debian", "rootfs")
