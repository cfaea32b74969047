# SPDX-License-Identifier: Apache-2.0
"""A peer of the machine API that is no agent of ours: it makes its own keys and says what it likes.

TLS is not verified here; what is tested is what the appliance answers.
"""
import base64
import hashlib
import json
import subprocess

from lab.netns import APPLIANCE

KEY_SIZE = 32


def _openssl(*args, data=None):
    return subprocess.run(["openssl", *map(str, args)], input=data, check=True, capture_output=True).stdout


def inventory(mac, serial="STRANGER1", uuid="6f1c1f0e-7a55-4a9e-9d7c-3f0f5b1d2c11"):
    """A whole inventory of a machine with nothing but one NIC."""
    return {
        "agent": "0.1", "boot_mac": mac, "firmware": "uefi", "arch": "amd64",
        "dmi": {"vendor": "Slipway", "product": "Lab", "serial": serial, "uuid": uuid, "board_serial": "",
                "chassis_serial": "", "bios_version": ""},
        "cpu": {"model": "none", "sockets": 1, "cores": 1, "threads": 1}, "memory_bytes": 1 << 30,
        "nics": [{"name": "eth0", "mac": mac, "permanent_mac": mac, "driver": "none", "speed_mbps": 1000,
                  "link": True, "bus": "", "lldp_switch": "", "lldp_port": ""}],
        "disks": [], "tpm": {"present": False, "version": ""}, "kernel": "6.1", "uptime_ms": 1000}


class Stranger:
    """One key, in the site's namespace."""

    def __init__(self, site, folder):
        self.site, self.key = site, folder / "stranger.pem"
        _openssl("genpkey", "-algorithm", "ed25519", "-out", self.key)
        self.public = _openssl("pkey", "-in", self.key, "-pubout", "-outform", "DER")[-KEY_SIZE:]
        certificate = _openssl("x509", "-in", site.appliance.state / "appliance.crt", "-pubkey", "-noout")
        spki = _openssl("pkey", "-pubin", "-outform", "DER", data=certificate)
        self.pin = hashlib.sha256(spki).digest()

    def call(self, method, path, body=None, token=None):
        """One request; (status, answer as data or None)."""
        argv = ["curl", "-ksS", "-X", method, "-w", "\n%{http_code}", f"https://{APPLIANCE}:8443{path}"]
        if token:
            argv += ["-H", f"Authorization: Bearer {token}"]
        if body is not None:
            argv += ["-H", "Content-Type: application/json", "--data-binary", "@-"]
        text = body if isinstance(body, str) else json.dumps(body)
        done = self.site.network.run(argv, namespace=self.site.network.site, capture_output=True, input=text,
                                     check=False)
        answer, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(answer) if answer.strip() else None

    def enrol(self, mac, public=None):
        """hello and enrol with our signature, for our own public key unless another's is given."""
        public = base64.b64encode(public or self.public).decode()
        _, hello = self.call("POST", "/machine/v1/hello", {"key": public})
        text = json.dumps(inventory(mac), separators=(",", ":"))
        message = (b"slipway-enrol-v1\0" + self.pin + base64.b64decode(hello["nonce"])
                   + hashlib.sha256(text.encode()).digest())
        path = self.key.with_suffix(".message")
        path.write_bytes(message)
        signature = _openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.key, "-in", path)
        return self.call("POST", "/machine/v1/enrol", {
            "key": public, "nonce": hello["nonce"], "signature": base64.b64encode(signature).decode(),
            "inventory": text})
