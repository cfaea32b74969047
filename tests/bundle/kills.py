#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""COUNT imports killed at random moments (`make soak SOAK=kills COUNT=10000 SEED=1`): after each, every blob is what its
name says and every name leads to something whole; the import then goes on, and a store that is complete is begun anew.
"""
import hashlib
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from workbench import Bench  # noqa: E402

FILES = {"small": 3000, "middle": 400000, "large": 3000000}


def store_check(bench):
    """What is wrong with the store, or None; one that was not made yet is fine."""
    folder = bench.state / "store"
    for path in (folder / "blobs/sha256").glob("*"):
        if hashlib.sha256(path.read_bytes()).hexdigest() != path.name:
            return f"blob {path.name} is not what its name says"
    if (folder / "index.json").exists():
        bench.names()
    return None


class Kills:
    """The bundle, and what was counted."""

    def __init__(self, folder, seed):
        self.dice = random.Random(seed)
        self.bench = Bench(folder)
        for name, size in FILES.items():
            self.bench.write(name, self.dice.randbytes(size))
        lines = "".join(f"  - {{name: {name}, source: {name}}}\n" for name in FILES)
        self.bundle = self.bench.make(f"name: kills\nversion: 1\nfiles:\n{lines}")
        self.killed = self.ended = 0
        self.usual_s = self._whole()

    def _whole(self):
        """How long an import takes that nobody kills."""
        start = time.monotonic()
        self.bench.run("bundle", "import", self.bundle)
        took = time.monotonic() - start
        shutil.rmtree(self.bench.state / "store")
        return took

    def once(self):
        """One import, killed or at its end before that."""
        process = subprocess.Popen(self.bench.command("bundle", "import", self.bundle), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            code = process.wait(self.dice.uniform(0, self.usual_s))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            self.killed += 1
        else:
            assert code in (0, 1), f"the import ends with {code}"  # 1: the one before still has the lock
            self.ended += code == 0
        wrong = store_check(self.bench)
        if wrong:
            raise AssertionError(wrong)
        index = self.bench.state / "store/index.json"
        if index.exists() and len(self.bench.names()) == len(FILES):
            old = (self.bench.state / "store").rename(self.bench.state / "old")
            shutil.rmtree(old, ignore_errors=True)  # a child that was just killed may still have it open


def main():
    """Kill COUNT times and say what was seen."""
    count, seed = (int(each) for each in (sys.argv[1:] + ["1000", "1"][len(sys.argv) - 1:]))
    with tempfile.TemporaryDirectory(prefix="slipway-kills-") as folder:
        kills, start = Kills(pathlib.Path(folder), seed), time.monotonic()
        while kills.killed < count:
            kills.once()
        rate = count / (time.monotonic() - start)
        print(f"{kills.killed} kills, {kills.ended} imports ended before theirs, 0 bad; {rate:.0f} kills/s")


if __name__ == "__main__":
    main()
