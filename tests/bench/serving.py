# SPDX-License-Identifier: Apache-2.0
"""Serving one blob of 1 GiB over loopback: bytes per CPU-second of the server, against nginx with sendfile."""
import os
import pathlib

from bench.measure import Row, interleaved
from lab.netns import APPLIANCE

MB = 1e6
NGINX_PORT = 8081

NGINX = """\
daemon off;
master_process off;
user root;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
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


class Serving:
    """Both servers in one namespace, with the same file in both page caches."""

    def __init__(self, bench):
        self.bench, self.network = bench, bench.network
        store = bench.appliance.state / "store/blobs/sha256"
        self.digest = bench.blob_digest
        config = bench.folder / "nginx.conf"
        config.write_text(NGINX.format(folder=bench.folder, address=APPLIANCE, port=NGINX_PORT, root=store))
        self.nginx = self.network.start(["nginx", "-c", config], bench.folder / "nginx.log")

    def _rate(self, pid, url, clients, times):
        """MB per CPU-second of server PID while CLIENTS fetch URL, TIMES each."""
        urls = [part for _ in range(times) for part in ("-o", "/dev/null", url)]
        before = _cpu_s(pid)
        running = [self.network.start(["curl", "-sSf", *urls], self.bench.folder / "curl.log")
                   for _ in range(clients)]
        for client in running:
            if client.popen.wait():
                raise RuntimeError(f"curl {url}: {client.output.tail()}")
        return clients * times * self.bench.blob_size / MB / (_cpu_s(pid) - before)

    def row(self, clients):
        """The row of so many clients; few clients fetch more often, for enough CPU time to measure."""
        times = max(1, 8 // clients)
        ours_url = f"http://{APPLIANCE}/v2/{self.bench.blob_repository}/blobs/sha256:{self.digest}"
        peer_url = f"http://{APPLIANCE}:{NGINX_PORT}/{self.digest}"
        ours, peer = interleaved(lambda: self._rate(self.bench.appliance.process.pid, ours_url, clients, times),
                                 lambda: self._rate(self.nginx.pid, peer_url, clients, times))
        return Row(f"serve 1 GiB to {clients}, against nginx", "MB/CPU-s", ours, peer)

    def close(self):
        """Stop nginx."""
        self.nginx.stop()


def rows(bench):
    """The rows of serving."""
    serving = Serving(bench)
    try:
        for clients in (1, 8, 64):
            yield serving.row(clients)
    finally:
        serving.close()
