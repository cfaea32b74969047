# SPDX-License-Identifier: Apache-2.0
"""Measuring: interleaved runs, medians, and a row of the table."""
import dataclasses
import statistics
import subprocess
import time

RUNS = 3


@dataclasses.dataclass
class Row:
    """Ours, the peer's and the limit's rate in the same unit; the goal is a ratio of ours to the peer's, or the other way
    round where the lower is the better."""
    name: str
    unit: str
    ours: float
    peer: float
    limit: float = None
    goal: float = 1.0
    lower: bool = False

    def cells(self):
        """The row as the table's cells."""
        ratio = self.peer / self.ours if self.lower else self.ours / self.peer
        limit = f"{self.limit:.0f}" if self.limit else "-"
        return (f"{self.name} [{self.unit}]", f"{self.ours:.0f}", f"{self.peer:.0f}", limit, f"{ratio:.2f}",
                f"{self.goal:.2f}", "ok" if ratio >= self.goal else "short")


def run(argv, **options):
    """Run a program to its end; anything but success is an error that shows what it said."""
    done = subprocess.run([str(part) for part in argv], stdin=subprocess.DEVNULL, capture_output=True, check=False,
                          **options)
    if done.returncode:
        raise RuntimeError(f"{argv[0]}: exit {done.returncode}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def seconds(work):
    """How long WORK() takes."""
    start = time.monotonic()
    work()
    return time.monotonic() - start


def interleaved(*works, runs=RUNS):
    """The medians of what each of WORKS returns, run in turn so that all see the same weather."""
    results = [[work() for work in works] for _ in range(runs)]
    return [statistics.median(column) for column in zip(*results)]
