#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""COUNT times HEAD of PATH over one connection: heads.py ADDRESS PORT PATH COUNT"""
import socket
import sys


def main():
    """Ask and wait for each answer; every one must be a 200."""
    address, port, path, count = sys.argv[1:]
    request = f"HEAD {path} HTTP/1.1\r\nHost: {address}\r\n\r\n".encode()
    with socket.create_connection((address, int(port)), 60) as connection:
        for _ in range(int(count)):
            connection.sendall(request)
            answer = b""
            while not answer.endswith(b"\r\n\r\n"):
                piece = connection.recv(4096)
                if not piece:
                    sys.exit("the connection was closed")
                answer += piece
            if not answer.startswith(b"HTTP/1.1 200 "):
                sys.exit(answer.decode())


if __name__ == "__main__":
    main()
