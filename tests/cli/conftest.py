# SPDX-License-Identifier: Apache-2.0
"""The command against a daemon made for the tests: an HTTP server on a unix socket."""
import http.server
import json
import os
import re
import socketserver
import subprocess
import threading

import pytest

from lab.appliance import SLIPWAY


class Handler(http.server.BaseHTTPRequestHandler):
    """One call of the command."""

    daemon = None

    def handle_call(self):
        """Answer as the test has told, and remember what was asked."""
        size = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(size)) if size else None
        self.daemon.calls.append((self.command, self.path, body))
        path = self.path.partition("?")[0].removeprefix("/api/v1")
        status, answer = self.daemon.serve(self.command, path)
        text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = handle_call

    def address_string(self):
        """A unix socket's peer has none."""
        return "cli"

    def log_message(self, *_):
        """Say nothing."""


class Daemon:
    """answers: (method, path) to a list of (status, body), the last of which stays."""

    def __init__(self, folder):
        self.run_dir, self.calls, self.answers = folder, [], {}
        handler = type("Handler", (Handler,), {"daemon": self})
        self.server = socketserver.ThreadingUnixStreamServer(str(folder / "api.sock"), handler)
        self.server.daemon_threads = True

    def serve(self, method, path):
        """(status, body) of a call."""
        answers = self.answers.get((method, path))
        if not answers:
            return 404, problem(404, "SW-0404", f"there is no {path}", "")
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def answer(self, method, path, *answers):
        """What a call is answered, in this order."""
        self.answers[(method, path)] = list(answers)


def problem(status, code, detail, hint):
    """RFC 9457, as the daemon writes it."""
    return {"type": "about:blank", "title": "Bad", "status": status, "detail": detail, "code": code, "hint": hint}


def events(*rows):
    """An event stream of (number, name, data)."""
    return "".join(f"id: {number}\nevent: {name}\ndata: {json.dumps(data)}\n\n" for number, name, data in rows).encode()


@pytest.fixture
def daemon(tmp_path):
    made = Daemon(tmp_path)
    threading.Thread(target=made.server.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def slipway(tmp_path):
    """slipway(...) runs the command against the daemon of the test."""
    def run(*args, **environment):
        return subprocess.run([SLIPWAY, "--run-dir", tmp_path, *map(str, args)], stdin=subprocess.DEVNULL,
                              env={**os.environ, "TZ": "UTC", **environment}, capture_output=True, text=True,
                              timeout=60, check=False)
    return run


def plain(text):
    """Whether a terminal shows it as it is."""
    return re.fullmatch(r"[^\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]*", text) is not None
