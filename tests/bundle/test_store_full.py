# SPDX-License-Identifier: Apache-2.0
"""The store beside a daemon that serves from it, and on file systems that are full."""
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "daemon"))
import slipwayd as peers  # noqa: E402
import store as layout  # noqa: E402

SIZES_MB = range(1, 25)
RECIPE = "name: site\nversion: {}\nfiles: [{{name: data.bin, source: data.bin}}]\n"


@pytest.fixture
def small_disk(bench):
    """Mounts a file system of so many bytes in memory on a folder of the state."""
    mounted = []

    def mount(size, name="store"):
        folder = bench.state / name
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
        mounted.append(folder)
        return folder

    def unmount():
        subprocess.run(["umount", "-l", mounted.pop()], check=True)

    mount.undo = unmount
    yield mount
    while mounted:
        unmount()


def test_import_on_disks_of_many_sizes(bench, small_disk):
    """It is refused with the figure that is missing, or it is there; the store is sound."""
    bench.write("data.bin", bytes(range(256)) * 8192)
    bundle = bench.make(RECIPE.format(1))
    taken = refused = 0
    for size in SIZES_MB:
        small_disk(size << 20)
        done = subprocess.run([peers.BUILD / "slipway", "bundle", "import", bundle, "--state-dir", bench.state],
                              capture_output=True, text=True, timeout=300, check=False)
        taken += done.returncode == 0
        refused += done.returncode != 0
        if done.returncode:
            assert "SW-2011" in done.stderr and "try: Free" in done.stderr, done.stderr
        bench.run("store", "fsck")
        small_disk.undo()
    assert taken > 0 and refused > 0


def test_daemon_serves_while_the_disk_is_full(bench, small_disk):
    """Blobs and boot scripts go out, the import says what is missing, and all goes on once there is room."""
    folder = small_disk(64 << 20, ".")
    (folder / "store").mkdir()
    layer = layout.make(folder / "store", b"\1" * 100000)
    bench.run("trust", "add", "site.pub")
    bench.write("data.bin", b"data" * 100000)
    bundle = bench.make(RECIPE.format(1))
    daemon = peers.Slipwayd(bench.folder).start()
    try:
        with open(folder / "filler", "wb") as filler, pytest.raises(OSError):
            while True:
                filler.write(bytes(1 << 16))
                filler.flush()
        assert "SW-2011" in bench.run("bundle", "import", bundle, code=1).stderr
        for _ in range(3):
            status, _, body = daemon.http("GET", f"/v2/library/app/blobs/{layer}")
            assert status == 200 and body == b"\1" * 100000
        assert daemon.http("HEAD", "/v2/library/app/manifests/1")[0] == 200
        assert daemon.get("/images")["items"]
        (folder / "filler").unlink()
        bench.run("bundle", "import", bundle)
        assert daemon.http("HEAD", "/v2/data.bin/manifests/latest")[0] == 200
    finally:
        assert daemon.stop() == 0


def test_rm_asks_the_daemon(bench):
    """What a profile needs stays; what nobody needs goes under the daemon's feet."""
    (bench.state / "store").mkdir(parents=True)
    layout.make(bench.state / "store")
    daemon = peers.Slipwayd(bench.folder).start()
    try:
        assert daemon.api("PUT", "/profiles/worker", {"image": "debian", "hostname": "r{n}"})[0] == 200
        run_dir = ("--run-dir", daemon.run_dir)
        said = bench.run("store", "rm", "os/debian", *run_dir, code=4).stderr
        assert "SW-2065" in said and "'worker'" in said
        bench.run("store", "rm", "docker.io/library/app:1", *run_dir)
        assert daemon.http("HEAD", "/v2/library/app/manifests/1")[0] == 404
        bench.run("store", "gc", "--grace", "0", *run_dir)
        assert daemon.get("/images")["items"]
        bench.run("store", "fsck")
        assert daemon.api("DELETE", "/profiles/worker")[0] in (200, 204)
        bench.run("store", "rm", "os/debian", *run_dir)
        bench.run("store", "gc", "--grace", "0", *run_dir)
        assert not list((bench.state / "store/blobs/sha256").iterdir())
    finally:
        assert daemon.stop() == 0
