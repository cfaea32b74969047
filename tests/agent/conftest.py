# SPDX-License-Identifier: Apache-2.0
"""A scripted appliance, a made-up machine, and the agent between them."""
import pathlib
import subprocess
import threading
import time

import pytest

from agent.peer import Peer

AGENT = pathlib.Path(__file__).resolve().parents[2] / "build/slipway-agent"


class Machine:
    """The agent as an ordinary process that sees a made-up machine."""

    def __init__(self, root):
        self.root = root
        self.process = None
        self.said = ""
        self.heard = threading.Condition()
        self.write("proc/meminfo", "MemTotal: 1024 kB\n")
        self.write("sys/class/dmi/id/product_name", 'Box "7" ${x} \x1b[31m\n')

    def write(self, path, text):
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def start(self, *arguments):
        self.process = subprocess.Popen([AGENT, *arguments, "--root", self.root], stderr=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self.listen, daemon=True)
        self.reader.start()

    def listen(self):
        for line in self.process.stderr:
            with self.heard:
                self.said += line
                self.heard.notify_all()

    def wait(self, words, timeout_s=120):
        """Waits until the agent has said these words."""
        end = time.monotonic() + timeout_s
        with self.heard:
            while words not in self.said:
                assert self.heard.wait(end - time.monotonic()), f"'{words}' not within {timeout_s} s: {self.said}"

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.reader.join()


@pytest.fixture
def peer(tmp_path):
    folder = tmp_path / "peer"
    folder.mkdir()
    peer = Peer(folder)
    yield peer
    peer.stop()


@pytest.fixture
def machine(tmp_path):
    root = tmp_path / "machine"
    root.mkdir()
    machine = Machine(root)
    yield machine
    machine.stop()
