# SPDX-License-Identifier: Apache-2.0
"""The appliance of the lab: slipwayd in the lab's namespace, and the slipway command beside it."""
import json
import os
import pathlib
import subprocess

TREE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SLIPWAY_BUILD", TREE / "build")).resolve()
SLIPWAY = BUILD / "slipway"


def slipway_run(*args, check=True, **options):
    """Run a slipway command that needs no daemon; a CompletedProcess with text."""
    done = subprocess.run([SLIPWAY, *map(str, args)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, **options)
    if check and done.returncode:
        raise RuntimeError(f"slipway {' '.join(map(str, args))}: exit {done.returncode}: {done.stderr.strip()}")
    return done


class Appliance:
    """One appliance with its state in FOLDER."""

    def __init__(self, network, folder, interface="br0", namespace=None):
        self.network, self.interface, self.namespace = network, interface, namespace
        self.folder = pathlib.Path(folder)
        self.state, self.run_dir = self.folder / "state", self.folder / "run"
        for path in (self.state, self.run_dir):
            path.mkdir(parents=True, exist_ok=True)
        self.env = {"SLIPWAY_STATE_DIR": str(self.state), "SLIPWAY_RUN_DIR": str(self.run_dir),
                    "SLIPWAY_DATA_DIR": str(BUILD)}
        self.process, self.wrap = None, []  # wrap: the words before `slipway`

    def up(self, *args, deadline_s=120, echo=None):
        """`slipway up`, and wait for its line."""
        self.process = self.start("up", "--iface", self.interface, *args, echo=echo, log="slipwayd.log")
        self.process.output.wait_for(r"slipway is up on ", deadline_s)

    def start(self, *args, echo=None, log="slipway.log"):
        """A slipway command in the background, in the appliance's namespace."""
        return self.network.start([*self.wrap, SLIPWAY, *args], self.folder / log, namespace=self.namespace,
                                  echo=echo, env=self.env)

    def run(self, *args, check=True):
        """A slipway command; a CompletedProcess with text."""
        argv = self.network.argv([SLIPWAY, *args], self.namespace)
        done = subprocess.run(argv, env={**os.environ, **self.env}, stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, check=False)
        if check and done.returncode:
            raise RuntimeError(f"slipway {' '.join(map(str, args))}: exit {done.returncode}: "
                               f"{done.stderr.strip()}")
        return done

    def get(self, *args):
        """A slipway command's answer as data; None where it found nothing."""
        done = self.run(*args, "-o", "json", check=False)
        if done.returncode == 3:
            return None
        if done.returncode:
            raise RuntimeError(f"slipway {' '.join(map(str, args))}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def items(self, noun):
        """What `slipway NOUN list` lists."""
        return self.get(noun, "list")["items"]

    def machine(self, mac):
        """The machine with this MAC as the API tells it, or None while it is unknown."""
        return self.get("machine", "show", mac)

    def kill(self):
        """kill -9 slipwayd."""
        self.process.kill()

    def close(self):
        """End it cleanly; its exit status."""
        status = self.process.stop() if self.process else 0
        self.process = None
        return status
