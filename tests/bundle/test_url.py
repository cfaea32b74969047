# SPDX-License-Identifier: Apache-2.0
"""Bundles from the network: connections that break, servers without ranges, files that are replaced."""
import http.server
import socketserver
import threading

import pytest


class Broken(http.server.BaseHTTPRequestHandler):
    """Serves one file, and cuts every answer off after a while."""

    def do_GET(self):
        """A file, from where it is asked for; what the server is told to do wrong comes first."""
        server = self.server
        server.asked.append(self.headers.get("Range"))
        if server.trouble:
            kind = server.trouble.pop(0)
            if kind == "busy":
                self.send_error(503)
                return
            if kind == "replace":
                server.etag = '"other"'
        data, start = server.data, 0
        wanted = self.headers.get("Range")
        if wanted and server.ranges and self.headers.get("If-Range") in (None, server.etag):
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(data) - start))
        if server.etag:
            self.send_header("ETag", server.etag)
        self.end_headers()
        piece = server.pieces.pop(0) if server.pieces else len(data)
        self.wfile.write(data[start:start + piece])
        self.close_connection = True

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        """Nothing is said."""


@pytest.fixture
def site():
    """A server to be told what to serve, and how to fail at it."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Broken)
    server.daemon_threads = True
    server.asked, server.trouble, server.pieces, server.ranges, server.etag = [], [], [], True, '"one"'
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.url = f"http://127.0.0.1:{server.server_address[1]}/x.bundle?secret"
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def large(bench, site):
    """A bundle with some bytes to it, and the server that has it."""
    bench.write("f", bytes(range(256)) * 8192)
    site.data = bench.make("name: large\nversion: 1\nfiles: [{name: f, source: f}]\n").read_bytes()
    return site


@pytest.mark.parametrize("ranges, etag", [(True, '"one"'), (True, None), (False, '"one"')])
def test_a_broken_connection_is_taken_up_again(bench, large, ranges, etag):
    large.ranges, large.etag = ranges, etag
    large.pieces = [5000, 1200000, 500000 if ranges else 1500000]
    large.trouble = ["none", "busy"]
    bench.run("bundle", "import", large.url)
    assert len(bench.names()) == 1
    assert large.asked[0] is None and large.asked[1] == "bytes=5000-" and len(large.asked) == 5


def test_a_file_that_is_replaced_is_not_mixed(bench, large):
    large.pieces, large.trouble = [1000000], ["none", "replace"]
    done = bench.run("bundle", "import", large.url, code=1)
    assert "SW-2033" in done.stderr and "replaced" in done.stderr and "secret" not in done.stderr
    assert not bench.names()


def test_what_cannot_be_fetched_is_told(bench, large):
    large.trouble = ["busy"] * 2
    done = bench.run("bundle", "import", large.url, code=1)
    assert "503" in done.stderr and "secret" not in done.stderr
    large.server_close()
    large.shutdown()
    done = bench.run("bundle", "verify", large.url, code=1)
    assert "SW-2033" in done.stderr


def test_damage_ends_the_download(bench, large):
    data = large.data
    large.data = data[:600] + bytes([data[600] ^ 1]) + data[601:]
    done = bench.run("bundle", "import", large.url, code=7)
    assert "SW-20" in done.stderr and len(large.asked) == 1
