# SPDX-License-Identifier: Apache-2.0
"""The real slipwayd on loopback, and its two kinds of client: an operator and an agent."""
import base64
import hashlib
import http.client
import json
import os
import pathlib
import queue
import re
import signal
import socket
import ssl
import subprocess
import threading

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_der_x509_certificate

BUILD = pathlib.Path(os.environ.get("SLIPWAY_BUILD", pathlib.Path(__file__).resolve().parents[2] / "build"))
DEADLINE_S = 20


def free_port():
    """A TCP port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path, timeout=DEADLINE_S):
        super().__init__("slipway", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Slipwayd:
    """One daemon with its state in FOLDER."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.state, self.run_dir = self.folder / "state", self.folder / "run"
        self.http_port, self.machine_port = free_port(), free_port()
        self.process, self.lines, self.known_pin = None, None, None

    def argv(self, *args):
        """The command line."""
        return [str(BUILD / "slipwayd"), "--no-dhcp", "--address", "127.0.0.1",
                "--http-port", str(self.http_port), "--machine-port", str(self.machine_port),
                "--state-dir", str(self.state), "--run-dir", str(self.run_dir), "--data-dir", str(self.folder), *args]

    def start(self):
        """Start it and wait for its line."""
        self.process = subprocess.Popen(self.argv(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=open(self.folder / "log", "ab"), text=True)
        self.lines, self.known_pin = queue.Queue(), None
        threading.Thread(target=lambda out, lines: [lines.put(line) for line in out],
                         args=(self.process.stdout, self.lines), daemon=True).start()
        try:
            assert re.match(r"slipway is up on ", self.lines.get(timeout=DEADLINE_S))
        except queue.Empty:
            raise AssertionError((self.folder / "log").read_text()) from None
        return self

    def refuse(self, *args):
        """Start it where it must refuse; what it says."""
        done = subprocess.run(self.argv(*args), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=DEADLINE_S, check=False)
        assert done.returncode == 1, done.stderr
        return done.stderr

    def stop(self):
        """SIGTERM; its exit status."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(DEADLINE_S)
        self.process = None
        return status

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait(DEADLINE_S)
        self.process = None

    def api(self, method, path, body=None):
        """One call of the admin API: status and answer."""
        connection = UnixConnection(self.run_dir / "api.sock")
        try:
            connection.request(method, "/api/v1" + path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    def get(self, path):
        """What a GET that must succeed answers."""
        status, answer = self.api("GET", path)
        assert status == 200, answer
        return answer

    def http(self, method, path, headers=None):
        """One call on the plain port: status, headers, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=DEADLINE_S)
        try:
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def wait(self, look, what):
        """Wait until `look()` gives something true, woken by the daemon's events."""
        stream = UnixConnection(self.run_dir / "api.sock")
        stream.request("GET", "/api/v1/events")
        events = stream.getresponse()
        try:
            while not (found := look()):
                if not events.readline():
                    raise AssertionError(f"the events ended while waiting for {what}")
            return found
        except socket.timeout:
            raise AssertionError(f"in vain: {what}") from None
        finally:
            stream.close()

    def pin(self):
        """SHA-256 of the machine API's key, from a handshake; once a start."""
        if self.known_pin:
            return self.known_pin
        with socket.create_connection(("127.0.0.1", self.machine_port), DEADLINE_S) as raw:
            with insecure().wrap_socket(raw) as tls:
                der = tls.getpeercert(binary_form=True)
        key = load_der_x509_certificate(der).public_key()
        self.known_pin = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
        return self.known_pin


def insecure():
    """TLS that checks nothing: tests compare the pin themselves."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def disk(name="vda", size=20 << 30, holds=(), serial="D1"):
    """A disk of an inventory."""
    return {"name": name, "path": f"/dev/disk/by-path/{name}", "model": "disk", "serial": serial, "wwn": "",
            "size_bytes": size, "logical_sector": 512, "bus": "virtio", "rotational": False, "removable": False,
            "holds": list(holds)}


def inventory(mac, serial="", uuid="", disks=None):
    """An inventory as an agent tells it."""
    return {"agent": "0.1", "boot_mac": mac, "firmware": "uefi", "arch": "amd64",
            "dmi": {"vendor": "Maker", "product": "Model", "serial": serial, "uuid": uuid, "board_serial": "",
                    "chassis_serial": "", "bios_version": ""},
            "cpu": {"model": "", "sockets": 1, "cores": 2, "threads": 2}, "memory_bytes": 1 << 30,
            "nics": [{"name": "eth0", "mac": mac, "permanent_mac": mac, "driver": "virtio_net", "speed_mbps": 1000,
                      "link": True, "bus": "pci", "lldp_switch": "", "lldp_port": ""}],
            "disks": [disk()] if disks is None else disks,
            "tpm": {"present": False, "version": ""}, "kernel": "6.1", "uptime_ms": 5000}


class Agent:
    """An agent with a key of its own."""

    def __init__(self, daemon, mac, **machine):
        self.daemon, self.mac = daemon, mac
        self.inventory = inventory(mac, **machine)
        self.key = Ed25519PrivateKey.generate()
        self.public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.token = None

    def call(self, method, path, body=None, token=None):
        """One call of the machine API: status and answer."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.daemon.machine_port, timeout=DEADLINE_S,
                                                 context=insecure())
        token = token or self.token
        try:
            connection.request(method, "/machine/v1" + path,
                               body if body is None or isinstance(body, (str, bytes)) else json.dumps(body),
                               {"Authorization": f"Bearer {token}"} if token else {})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    def enrol(self, key=None, pin=None, nonce=None, change=None):
        """Prove the key; what the appliance answers."""
        public = base64.b64encode(self.public).decode()
        if nonce is None:
            status, hello = self.call("POST", "/hello", {"key": public})
            assert status == 200, hello
            nonce = base64.b64decode(hello["nonce"])
        text = json.dumps(self.inventory)
        signed = (b"slipway-enrol-v1\0" + (pin or self.daemon.pin()) + nonce
                  + hashlib.sha256(text.encode()).digest())
        status, answer = self.call("POST", "/enrol", {
            "key": public, "nonce": base64.b64encode(nonce).decode(),
            "signature": base64.b64encode((key or self.key).sign(signed)).decode(),
            "inventory": text if change is None else change})
        if status == 200:
            self.token = answer["token"]
        return status, answer

    def plan(self):
        """The answer to a poll."""
        status, answer = self.call("GET", "/plan?seq=0")
        assert status == 200, answer
        return answer

    def report(self, **fields):
        """A report about the write."""
        return self.call("POST", "/report", {"stage": "write", "status": "running", **fields})

    def install(self):
        """Write and be done."""
        self.report(step="layer 1/1", done_bytes=1, total_bytes=2, rate_bps=3)
        return self.call("POST", "/installed", {"disk": self.inventory["disks"][0], "boot": "reboot", "layers": []})
