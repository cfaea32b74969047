# SPDX-License-Identifier: Apache-2.0
"""Serving one blob of 1 GiB over loopback, and many small answers: work per CPU-second of the server, against nginx
with sendfile. Every run moves the same number of bytes; many clients fetch a part of the blob each."""
import functools
import os
import pathlib
import subprocess
import sys

from bench.measure import Row, interleaved
from lab.netns import APPLIANCE

MB = 1e6
NGINX_PORT = 8081
TOTAL_BLOBS = 8  # as many are fetched in one run, all clients together
HEADS = pathlib.Path(__file__).with_name("heads.py")
HOLD = pathlib.Path(__file__).with_name("hold.py")
HEAD_CLIENTS, HEADS_EACH = 8, 10000

NGINX = """\
daemon off;
master_process off;
user root;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 100000000;
    sendfile on;
    tcp_nopush on;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    server {{ listen {address}:{port}; root {root}; }}
}}
"""


def _cpu_s(pid):
    """The CPU time that a process took so far, all its threads together."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mb(pid):
    """The process's resident memory."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1]) * 1024 / MB


class Serving:
    """Both servers in one namespace, with the same file in both page caches."""

    def __init__(self, bench):
        self.bench, self.network = bench, bench.network
        store = bench.appliance.state / "store/blobs/sha256"
        self.digest, self.ours_pid = bench.blob_digest, bench.appliance.process.pid
        config = bench.folder / "nginx.conf"
        config.write_text(NGINX.format(folder=bench.folder, address=APPLIANCE, port=NGINX_PORT, root=store))
        self.nginx = self.network.start(["nginx", "-c", config], bench.folder / "nginx.log")

    def _rate(self, pid, url, clients):
        """MB per CPU-second of server PID while CLIENTS fetch URL."""
        times = max(1, TOTAL_BLOBS // clients)
        last = self.bench.blob_size * TOTAL_BLOBS // (clients * times) - 1
        part = [word for _ in range(times) for word in ("-o", "/dev/null", url)]
        before = _cpu_s(pid)
        running = [self.network.start(["curl", "-sSf", "-r", f"0-{last}", *part], self.bench.folder / "curl.log")
                   for _ in range(clients)]
        for client in running:
            if client.popen.wait():
                raise RuntimeError(f"curl {url}: {client.output.tail()}")
        return clients * times * (last + 1) / MB / (_cpu_s(pid) - before)

    def _targets(self):
        """Process, port and path of ours and the peer's."""
        return ((self.ours_pid, 80, f"/v2/{self.bench.blob_repository}/blobs/sha256:{self.digest}"),
                (self.nginx.pid, NGINX_PORT, f"/{self.digest}"))

    def row(self, clients, goal):
        """The row of so many clients."""
        ours, peer = interleaved(*(functools.partial(self._rate, pid, f"http://{APPLIANCE}:{port}{path}", clients)
                                   for pid, port, path in self._targets()))
        return Row(f"serve 1 GiB to {clients}, against nginx", "MB/CPU-s", ours, peer, goal=goal)

    def _heads(self, pid, port, path):
        """Thousands of HEAD per CPU-second of server PID, over HEAD_CLIENTS connections that are kept alive."""
        before = _cpu_s(pid)
        running = [self.network.start([sys.executable, HEADS, APPLIANCE, port, path, HEADS_EACH],
                                      self.bench.folder / "heads.log") for _ in range(HEAD_CLIENTS)]
        for client in running:
            if client.popen.wait():
                raise RuntimeError(f"HEAD {path}: {client.output.tail()}")
        return HEAD_CLIENTS * HEADS_EACH / 1000 / (_cpu_s(pid) - before)

    def heads_row(self):
        """The row of small requests."""
        ours, peer = interleaved(
            lambda: self._heads(self.ours_pid, 80, f"/v2/{self.bench.blob_repository}/manifests/latest"),
            lambda: self._heads(self.nginx.pid, NGINX_PORT, f"/{self.digest}"))
        return Row("HEAD of a manifest, keep-alive, against nginx", "1000/CPU-s", ours, peer, goal=0.85)

    def _held_mb(self, pid, port, path, clients):
        """What the memory of server PID grows by while CLIENTS are in the middle of PATH."""
        before = _memory_mb(pid)
        argv = self.network.argv([sys.executable, HOLD, APPLIANCE, port, path, clients])
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
            if holder.stdout.readline() != "held\n":
                raise RuntimeError(f"{clients} clients can't be held")
            return _memory_mb(pid) - before

    def memory_row(self, clients):
        """The row of what so many clients add to the memory; less is better, so the ratio is turned over. It comes
        first: what either server had taken before, it would take again for nothing."""
        ours, peer = (self._held_mb(pid, port, path, clients) for pid, port, path in self._targets())
        return Row(f"nginx's memory for {clients} clients, against ours", "KB a client", peer * 1000 / clients,
                   ours * 1000 / clients)

    def close(self):
        """Stop nginx."""
        self.nginx.stop()


def rows(bench):
    """The rows of serving."""
    serving = Serving(bench)
    try:
        yield serving.memory_row(256)
        for clients, goal in ((1, 1.0), (8, 1.1), (64, 1.3), (256, 1.0)):
            yield serving.row(clients, goal)
        yield serving.heads_row()
    finally:
        serving.close()
