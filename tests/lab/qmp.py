# SPDX-License-Identifier: Apache-2.0
"""A small client of QEMU's machine protocol (QMP): one command at a time over a unix socket."""
import json
import socket


class Qmp:
    """A connection to a machine's QMP socket."""

    def __init__(self, path, deadline_s=60):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(deadline_s)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile("r")
        self._lines.readline()
        self.execute("qmp_capabilities")

    def execute(self, command, **arguments):
        """Run COMMAND; its return value."""
        self._socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        for line in self._lines:
            answer = json.loads(line)
            if "error" in answer:
                raise RuntimeError(f"QMP {command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]
        raise EOFError(f"QMP {command}: the machine went away")

    def close(self):
        """Close the connection."""
        self._lines.close()
        self._socket.close()
