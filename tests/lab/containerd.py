# SPDX-License-Identifier: Apache-2.0
"""A containerd of one's own, beside whatever runs on the machine."""
import contextlib
import subprocess
import time

DEADLINE_S = 120
CONFIG = """\
version = 2
root = "{folder}/root"
state = "{folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.aufs",
    "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
    "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.opt", "io.containerd.internal.v1.tracing"]
[grpc]
  address = "{folder}/sock"
"""


@contextlib.contextmanager
def containerd(folder):
    """A containerd without its CRI in a new FOLDER; ctr's arguments to reach it."""
    folder.mkdir()
    (folder / "config.toml").write_text(CONFIG.format(folder=folder))
    ctr = ["ctr", "--address", folder / "sock", "-n", "k8s.io"]
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(["containerd", "--config", folder / "config.toml"], stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + DEADLINE_S
        while subprocess.run([*ctr, "version"], capture_output=True, check=False).returncode:
            assert process.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.1)  # containerd tells nobody when it listens
        yield ctr
    finally:
        process.terminate()
        process.wait(DEADLINE_S)
