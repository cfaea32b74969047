# SPDX-License-Identifier: Apache-2.0
"""Child processes of the lab: they die with their parent, and their output can be waited for."""
import collections
import ctypes
import os
import re
import signal
import subprocess
import threading
import time

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    """For preexec_fn: the kernel kills this child when the thread that started it ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Output:
    """A stream read by a thread of its own: kept, written to a log, and waited for."""

    def __init__(self, fd, log_path, echo=None):
        self._text = ""
        self._ended = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, args=(fd, log_path, echo), daemon=True)
        self._thread.start()

    def _read(self, fd, log_path, echo):
        with open(fd, "rb", buffering=0) as stream, open(log_path, "ab", buffering=0) as log:
            while chunk := stream.read(65536):
                log.write(chunk)
                text = chunk.decode(errors="replace")
                if echo:
                    echo(text)
                with self._changed:
                    self._text += text
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @property
    def text(self):
        """All that came so far."""
        return self._text

    def tail(self, lines=25):
        """The last lines, for a message."""
        return "\n".join(collections.deque(self._text.splitlines(), lines))

    def wait_for(self, regex, deadline_s, since=0):
        """Wait until REGEX is found at or after offset SINCE; its match. Raises TimeoutError or EOFError."""
        pattern, end = re.compile(regex), time.monotonic() + deadline_s
        with self._changed:
            while True:
                match = pattern.search(self._text, since)
                if match:
                    return match
                left = end - time.monotonic()
                if self._ended or left <= 0:
                    kind = EOFError if self._ended else TimeoutError
                    raise kind(f"no {regex!r} in {deadline_s} s; the last lines were:\n{self.tail()}")
                self._changed.wait(left)

    def join(self):
        """Wait for the end of the stream."""
        self._thread.join()


class Process:
    """A program running in the background with its output (both streams) in an Output."""

    def __init__(self, argv, log_path, *, echo=None, env=None, cwd=None, pass_fds=()):
        reader, writer = os.pipe()
        self.argv = [str(part) for part in argv]
        self.popen = subprocess.Popen(
            self.argv, stdin=subprocess.DEVNULL, stdout=writer, stderr=writer, cwd=cwd,
            env={**os.environ, **(env or {})}, pass_fds=pass_fds, preexec_fn=die_with_parent,
            start_new_session=True)
        os.close(writer)
        self.output = Output(reader, log_path, echo)

    @property
    def pid(self):
        """The process id; programs are exec'ed, never wrapped in a shell."""
        return self.popen.pid

    def alive(self):
        """Whether it still runs."""
        return self.popen.poll() is None

    def wait(self, deadline_s):
        """Wait for its end; its exit status."""
        return self.popen.wait(deadline_s)

    def kill(self):
        """kill -9, and wait for it."""
        if self.alive():
            self.popen.kill()
        self.popen.wait()

    def stop(self, deadline_s=60):
        """SIGTERM, and wait; kill -9 at the deadline. The exit status."""
        if self.alive():
            self.popen.terminate()
            try:
                self.popen.wait(deadline_s)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.popen.wait()


def poll_until(condition, deadline_s, what, interval_s=0.25):
    """Ask CONDITION until it gives something true, for things that send no event of their own."""
    end = time.monotonic() + deadline_s
    waiter = threading.Event()
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not in {deadline_s} s")
        waiter.wait(interval_s)
