# SPDX-License-Identifier: Apache-2.0
"""An appliance of a few lines: the machine API over TLS and a registry over HTTP, both scripted."""
import base64
import hashlib
import http.server
import json
import os
import ssl
import subprocess
import threading
import time

MACHINE = "/machine/v1/"


def openssl(*args, data=None):
    return subprocess.run(["openssl", *args], input=data, capture_output=True, check=True).stdout


def make_certificate(folder):
    """A self-signed P-256 certificate. Returns its pin."""
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
            "-subj", "/CN=appliance", "-keyout", f"{folder}/tls.key", "-out", f"{folder}/tls.crt")
    public = openssl("x509", "-in", f"{folder}/tls.crt", "-pubkey", "-noout")
    return hashlib.sha256(openssl("pkey", "-pubin", "-outform", "DER", data=public)).digest()


def verify(folder, key, message, signature):
    """True where an Ed25519 signature holds, by openssl."""
    public = bytes.fromhex("302a300506032b6570032100") + key
    for name, content in (("pub", public), ("message", message), ("sig", signature)):
        (folder / name).write_bytes(content)
    return subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", folder / "pub",
                           "-rawin", "-in", folder / "message", "-sigfile", folder / "sig"],
                          capture_output=True).returncode == 0


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, content_type="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        self.do_GET()

    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length)
        self.server.peer.serve(self, json.loads(text) if text else None)


class Blobs(http.server.BaseHTTPRequestHandler):
    """Manifests and blobs by digest; `cut` makes an answer end early that many times, `spoil` turns a bit."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        peer = self.server.peer
        digest = self.path.rsplit("/", 1)[1]
        peer.fetched.append((self.path, self.headers.get("Range")))
        data = peer.blobs.get(digest)
        if data is None:
            self.send_error(404)
            return
        if peer.spoil > 0 and "/blobs/" in self.path:
            peer.spoil -= 1
            data = data[:-1] + bytes([data[-1] ^ 1])
        start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        rest = data[start:]
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if "/blobs/" in self.path and peer.cut > 0:
            peer.cut -= 1
            rest = rest[:len(rest) // 2]
            self.close_connection = True
        self.wfile.write(rest)


class Peer:
    """The appliance. Tests set its members and wait for what the agent does."""

    def __init__(self, folder):
        self.folder = folder
        self.pin = make_certificate(folder)
        self.blobs, self.fetched, self.cut, self.spoil = {}, [], 0, 0
        self.calls, self.reports, self.enrolled = [], [], []
        self.changed = threading.Condition()
        self.plan = {"seq": 0, "state": "pending", "message": "an operator", "plan": None}
        self.token, self.wrong_code, self.clock_ms = None, False, 0
        self.refusal = None
        self.undo, self.undo_refusal = b"", None
        self.files, self.certificate_after = [], 0
        self.abort, self.installed = False, None
        self.on_csr, self.on_report = lambda _: self.files, lambda: None
        self.api = self.start(Handler, 0, tls=True)
        self.http = self.start(Blobs, 0)
        self.port = self.api.server_address[1]

    def start(self, handler, port, tls=False):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
        server.daemon_threads = True
        server.peer = self
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.folder / "tls.crt", self.folder / "tls.key")
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return server

    def stop_api(self):
        self.api.shutdown()
        self.api.server_close()

    def start_api(self):
        self.api = self.start(Handler, self.port, tls=True)

    def stop(self):
        self.stop_api()
        self.http.shutdown()
        self.http.server_close()

    def arguments(self):
        return ["--no-init", "--server", f"127.0.0.1:{self.port}", "--http",
                f"127.0.0.1:{self.http.server_address[1]}", "--pin", f"sha256:{self.pin.hex()}"]

    def add_blob(self, data):
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        self.blobs[digest] = data
        return digest

    def wait(self, condition, timeout_s=120):
        """Waits until the condition holds after one of the agent's requests."""
        end = time.monotonic() + timeout_s
        with self.changed:
            while not condition():
                assert self.changed.wait(end - time.monotonic()), f"not within {timeout_s} s: {self.calls[-5:]}"

    def serve(self, request, body):
        name = request.path.removeprefix(MACHINE).split("?")[0]
        method = getattr(self, f"{request.command}_{name}".lower())
        open_to_all = name in ("hello", "enrol")
        with self.changed:
            self.calls.append(name)
            if not open_to_all and request.headers.get("Authorization") != f"Bearer {self.token}":
                request.answer(401, {"title": "who are you", "status": 401, "code": "SW-5001"},
                               "application/problem+json")
            else:
                request.answer(*method(body))
            self.changed.notify_all()

    def post_hello(self, body):
        self.key = base64.b64decode(body["key"])
        self.nonce = os.urandom(32)
        return 200, {"nonce": base64.b64encode(self.nonce).decode(), "time_ms": self.clock_ms}

    def post_enrol(self, body):
        message = (b"slipway-enrol-v1\0" + self.pin + self.nonce +
                   hashlib.sha256(body["inventory"].encode()).digest())
        if not verify(self.folder, self.key, message, base64.b64decode(body["signature"])):
            return 403, {"title": "bad signature", "status": 403, "code": "SW-5003"}
        if self.refusal:
            return self.refusal["status"], self.refusal
        self.enrolled.append((self.key, json.loads(body["inventory"])))
        self.token = base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
        return 200, {"machine": "m-1", "name": "r1", "check_code": self.code(), "token": self.token}

    def code(self):
        digest = hashlib.sha256(b"slipway-code-v1\0" + self.pin + self.key + self.nonce).digest()
        digits = f"{int.from_bytes(digest[:8], 'big') % 10**8 + self.wrong_code:08d}"
        return f"{digits[:4]}-{digits[4:8]}"

    def get_plan(self, _):
        return 200, {"name": "r1", "check_code": self.code(), "poll_ms": 200, **self.plan}

    def post_report(self, body):
        self.reports.append(body)
        self.on_report()
        return 200, {"abort": self.abort}

    def post_undo(self, body):
        if self.undo_refusal:
            return self.undo_refusal["status"], self.undo_refusal
        data = base64.b64decode(body["data"])
        assert body["at"] == len(self.undo)
        self.undo += data
        return 200, {}

    def post_csr(self, body):
        self.files = self.on_csr(body["csr"])
        return 202, {"status": "pending"}

    def get_csr(self, _):
        if self.certificate_after > 0:
            self.certificate_after -= 1
            return 202, {"status": "pending", "message": "the cluster"}
        return 200, {"status": "issued", "files": self.files}

    def post_installed(self, body):
        self.installed = body
        return 200, {}
