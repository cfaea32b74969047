#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""COUNT connections that each begin to fetch PATH and take no more until standard input ends:
hold.py ADDRESS PORT PATH COUNT"""
import socket
import sys


def main():
    """Say so once each has got its first byte."""
    address, port, path, count = sys.argv[1:]
    request = f"GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n".encode()
    held = []
    for _ in range(int(count)):
        held.append(socket.create_connection((address, int(port)), 60))
        held[-1].sendall(request)
        if not held[-1].recv(1):
            sys.exit("the connection was closed")
    print("held", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
