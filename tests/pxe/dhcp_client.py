# SPDX-License-Identifier: Apache-2.0
"""DHCP as a machine's firmware speaks it: a client on a packet socket in a network namespace."""
import ctypes
import fcntl
import os
import select
import socket
import struct
import threading
import time

COOKIE = bytes.fromhex("63825363")
DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE = 1, 2, 3, 4, 5, 6, 7
IPXE = [(175, bytes([0x13, 1, 1, 0x22, 1, 1]))]


_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def within(namespace, function, *args, **named):
    """Calls FUNCTION in a network namespace, in a thread of its own; sockets it makes stay there."""
    result = {}

    def body():
        try:
            with open(f"/run/netns/{namespace}", encoding="ascii") as f:
                if _libc.setns(f.fileno(), _CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            result["value"] = function(*args, **named)
        except BaseException as e:  # handed on to the caller's thread
            result["error"] = e

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    if "error" in result:
        raise result["error"]
    return result["value"]


def option(code, value):
    return bytes([code, len(value)]) + value


def arch_options(arch, vendor="PXEClient"):
    """What PXE firmware of an architecture sends: options 60, 93, 94, 97."""
    text = f"{vendor}:Arch:{arch:05d}:UNDI:003016".encode()
    uuid = bytes([0]) + bytes(range(16))
    return [(60, text), (93, struct.pack("!H", arch)), (94, bytes([1, 3, 16])), (97, uuid)]


def message(kind, mac, xid, options=(), op=1, yiaddr="0.0.0.0", siaddr="0.0.0.0",
            ciaddr="0.0.0.0"):
    head = struct.pack("!BBBBIHH", op, 1, 6, 0, xid, 0, 0x8000)
    addresses = b"".join(map(socket.inet_aton, (ciaddr, yiaddr, siaddr, "0.0.0.0")))
    body = option(53, bytes([kind])) + b"".join(option(c, v) for c, v in options) + b"\xff"
    return (head + addresses + mac.ljust(16, b"\0") + bytes(192) + COOKIE + body).ljust(300, b"\0")


class Reply:
    """A parsed message: kind, xid, mac, yiaddr, siaddr, file, options {code: bytes}."""

    def __init__(self, data):
        self.op, self.xid = data[0], struct.unpack("!I", data[4:8])[0]
        self.yiaddr, self.siaddr = socket.inet_ntoa(data[16:20]), socket.inet_ntoa(data[20:24])
        self.mac = data[28:34]
        self.file = data[108:236].split(b"\0")[0].decode()
        self.options = {}
        at = 240
        while at < len(data) and data[at] != 255:
            if data[at] == 0:
                at += 1
                continue
            self.options.setdefault(data[at], data[at + 2:at + 2 + data[at + 1]])
            at += 2 + data[at + 1]
        self.kind = self.options.get(53, b"\0")[0]
        self.boot_file = self.options.get(67, b"").rstrip(b"\0").decode() or self.file
        self.server = socket.inet_ntoa(self.options[54]) if 54 in self.options else None
        self.vendor_class = self.options.get(60, b"").decode()

    def __repr__(self):
        return f"Reply(kind={self.kind} yiaddr={self.yiaddr} file={self.boot_file!r} {self.options})"


def checksum(data):
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def packet(payload, source="0.0.0.0", sport=68, dport=67):
    """The payload in UDP in IPv4, broadcast."""
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), 0, 0, 64, 17, 0,
                       socket.inet_aton(source), b"\xff" * 4)
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return head + struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload


class Client:
    """A machine on `interface`; every call returns the matching replies in order of arrival."""

    def __init__(self, interface, mac):
        self.interface, self.mac = interface, bytes.fromhex(mac.replace(":", ""))
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
        self.socket.bind((interface, 0x0800))

    def close(self):
        self.socket.close()

    def send(self, kind, options=(), xid=None, **fields):
        xid = xid or int.from_bytes(os.urandom(4), "big")
        data = packet(message(kind, self.mac, xid, options, **fields))
        self.socket.sendto(data, (self.interface, 0x0800, 0, 0, b"\xff" * 6))
        return xid

    def receive(self, xid, timeout):
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([self.socket], [], [], left)[0]:
                break
            data = self.socket.recv(4096)
            head = (data[0] & 15) * 4
            if data[9] != 17 or data[head + 2:head + 4] != b"\0\x44" or len(data) < head + 248:
                continue
            reply = Reply(data[head + 8:])
            if reply.op == 2 and reply.xid == xid:
                return reply
        return None

    def ask(self, kind, options=(), timeout=5, retry=1, wanted=lambda r: True, **fields):
        """Sends until a wanted reply comes: the reply, or None at the deadline."""
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            xid = self.send(kind, options, **fields)
            until = time.monotonic() + min(retry, left)
            while (left := until - time.monotonic()) > 0:
                reply = self.receive(xid, left)
                if reply and wanted(reply):
                    return reply
        return None

    def lease(self, options=(), timeout=30):
        """DISCOVER, REQUEST: the ACK, or None."""
        offer = self.ask(DISCOVER, options, timeout, wanted=lambda r: r.kind == OFFER)
        if not offer:
            return None
        chosen = [(50, socket.inet_aton(offer.yiaddr)), (54, offer.options[54])]
        return self.ask(REQUEST, list(options) + chosen, timeout,
                        wanted=lambda r: r.kind in (ACK, NAK))

    def proxy_request(self, server, options, timeout=5):
        """Asks a proxyDHCP server on port 4011, as PXE firmware with an address does."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.bind(("0.0.0.0", 68))
            own = self.address()
            xid = int.from_bytes(os.urandom(4), "big")
            data = message(REQUEST, self.mac, xid, options, ciaddr=own)
            asker.sendto(data, (server, 4011))
            asker.settimeout(timeout)
            return Reply(asker.recv(4096))

    def address(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            name = struct.pack("256s", self.interface.encode())
            return socket.inet_ntoa(fcntl.ioctl(s.fileno(), 0x8915, name)[20:24])
