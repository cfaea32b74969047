# SPDX-License-Identifier: Apache-2.0
"""The lab's cache: slow results, kept outside the tree, each made whole or not at all.

An entry is a folder with a name that says all that went into it. It is made in a temporary folder beside it
and renamed, under a lock, so that runs at the same time make it once and an interrupted one leaves nothing.
"""
import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import sys
import tempfile
import time


def cache_root():
    """The cache's folder: $SLIPWAY_CACHE, or slipway/ in the user's cache."""
    given = os.environ.get("SLIPWAY_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    root = pathlib.Path(given or base) / "slipway" if not given else pathlib.Path(given)
    root.mkdir(parents=True, exist_ok=True)
    return root


@contextlib.contextmanager
def cache_lock(name):
    """Hold the lock of one entry for the length of a with block."""
    with open(cache_root() / f".{name}.lock", "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def cache_entry(name, make):
    """The folder of entry NAME; where it is missing, make(folder) fills a new one first."""
    path = cache_root() / name
    if path.is_dir():
        return path
    with cache_lock(name):
        if path.is_dir():
            return path
        for left in cache_root().glob(f".{name}.*/"):
            shutil.rmtree(left)
        temporary = pathlib.Path(tempfile.mkdtemp(prefix=f".{name}.", dir=cache_root()))
        try:
            make(temporary)
            temporary.chmod(0o755)
            temporary.rename(path)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
    return path


def digest_of(*parts):
    """A short name for all that PARTS hold: strings, bytes, or paths of files to read."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, pathlib.Path):
            part = part.read_bytes()
        elif isinstance(part, str):
            part = part.encode()
        total.update(len(part).to_bytes(8, "big"))
        total.update(part)
    return total.hexdigest()[:16]


@contextlib.contextmanager
def step(what):
    """Say on stderr what a long step does and, when it is over, how long it took."""
    print(f"  .. {what}", file=sys.stderr, flush=True)
    start = time.monotonic()
    yield
    print(f"  ok {what} ({time.monotonic() - start:.1f} s)", file=sys.stderr, flush=True)
