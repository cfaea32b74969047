# SPDX-License-Identifier: Apache-2.0
"""What the tests of images/ share: the library's command, layers, loop devices, a machine to start."""
import contextlib
import hashlib
import io
import os
import pathlib
import re
import select
import shutil
import subprocess
import tarfile
import time

TREE = pathlib.Path(__file__).resolve().parents[2]
BUILD = TREE / "build"
TOOL = BUILD / "tests/images/tool"
AGENT = BUILD / "agent"
OVMF_CODE = "/usr/share/OVMF/OVMF_CODE_4M.fd"
OVMF_VARS = "/usr/share/OVMF/OVMF_VARS_4M.fd"


def run(*argv, check=True, timeout=120):
    """A command's output; where it fails, what it said on stderr is in the exception."""
    done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=timeout,
                          check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{argv[0]}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def tool(*argv, check=True, timeout=120):
    return run(TOOL, *argv, check=check, timeout=timeout)


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def picture(path):
    """A digest of a sparse file's content, read where it has any."""
    seen = hashlib.sha256()
    with open(path, "rb") as f:
        end, at = os.fstat(f.fileno()).st_size, 0
        while at < end:
            try:
                at = os.lseek(f.fileno(), at, os.SEEK_DATA)
            except OSError:
                break
            stop = os.lseek(f.fileno(), at, os.SEEK_HOLE)
            f.seek(at)
            while at < stop:
                piece = f.read(min(1 << 20, stop - at))
                if piece.strip(b"\0"):
                    seen.update(b"%d:" % at + piece)
                at += len(piece)
    return seen.hexdigest()


class Layer:
    """A tar built entry by entry."""

    def __init__(self, format=tarfile.PAX_FORMAT):
        self._bytes = io.BytesIO()
        self._tar = tarfile.open(fileobj=self._bytes, mode="w", format=format, encoding="utf-8",
                                 errors="surrogateescape")

    def add(self, name, kind=tarfile.REGTYPE, data=b"", link="", mode=0o644, uid=0, gid=0, mtime=1,
            device=(0, 0), size=None, pax=None):
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.mode = kind, link, mode
        info.uid, info.gid, info.mtime = uid, gid, mtime
        info.devmajor, info.devminor = device
        info.size = len(data) if size is None else size
        info.pax_headers = pax or {}
        # addfile() writes the data of any kind of entry, which is what hostile archives hold.
        self._tar.addfile(info)
        self._bytes.write(data + bytes(-len(data) % 512))
        self._tar.offset += len(data) + -len(data) % 512
        return self

    def folder(self, name, **more):
        return self.add(name, tarfile.DIRTYPE, mode=more.pop("mode", 0o755), **more)

    def link(self, name, to):
        return self.add(name, tarfile.SYMTYPE, link=to, mode=0o777)

    def hard(self, name, to, data=b""):
        return self.add(name, tarfile.LNKTYPE, link=to, data=data)

    def bytes(self):
        self._tar.close()
        return self._bytes.getvalue()

    def save(self, path):
        pathlib.Path(path).write_bytes(self.bytes())
        return path


@contextlib.contextmanager
def loop_device(path, size=None, sector=512):
    """A loop device over a file, which is made where a size is given."""
    if size is not None:
        with open(path, "wb") as f:
            f.truncate(size)
    device = run("losetup", "--find", "--show", "--partscan", "--sector-size", sector,
                 path).stdout.strip()
    try:
        yield device
    finally:
        run("losetup", "--detach", device)


@contextlib.contextmanager
def mounted(device, at, options="ro"):
    at.mkdir(exist_ok=True)
    run("mount", "-o", options, device, at)
    try:
        yield at
    finally:
        run("umount", at)


def static_init(folder):
    """A cpio with an /init that prints its kernel's command line and what it was started from."""
    source, tree = folder / "init.c", folder / "init.tree"
    source.write_text(r'''
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
int main(void)
{
	char line[4096];
	int fd;
	ssize_t n;
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	fd = open("/proc/cmdline", O_RDONLY);
	n = read(fd, line, sizeof(line) - 1);
	line[n > 0 ? n : 0] = 0;
	printf("\nSTARTED %s %s\n", access("/sys/firmware/efi", F_OK) ? "bios" : "uefi", line);
	fflush(stdout);
	for (;;)
		pause();
}
''')
    tree.mkdir()
    run("gcc", "-static", "-O2", "-o", tree / "init", source)
    names = b"init\n"
    archive = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], input=names, cwd=tree,
                             capture_output=True, check=True).stdout
    return archive


class Machine:
    """QEMU without KVM, its serial console read as it comes."""

    def __init__(self, folder, *argv, uefi=False):
        self.argv = ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2",
                     "-m", "1024", "-no-user-config", "-nodefaults", "-display", "none",
                     "-no-reboot", "-device", "virtio-rng-pci", "-serial", "stdio", *map(str, argv)]
        if uefi:
            variables = folder / "vars.fd"
            shutil.copy(OVMF_VARS, variables)
            self.argv += ["-drive", f"if=pflash,format=raw,readonly=on,file={OVMF_CODE}",
                          "-drive", f"if=pflash,format=raw,file={variables}"]
        self.output = b""

    def __enter__(self):
        self.process = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        os.set_blocking(self.process.stdout.fileno(), False)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def wait_for(self, pattern, timeout):
        """The match of a pattern in what the console printed so far."""
        end = time.monotonic() + timeout
        while True:
            match = re.search(pattern, self.output)
            if match:
                return match
            left = end - time.monotonic()
            ready = left > 0 and select.select([self.process.stdout], [], [], left)[0]
            piece = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not piece:
                tail = self.output[-3000:].decode(errors="replace")
                raise AssertionError(f"no {pattern!r} on the console; its end:\n{tail}")
            self.output += piece
