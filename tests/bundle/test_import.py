# SPDX-License-Identifier: Apache-2.0
"""Taking bundles in: killed anywhere, larger than 32 bits, and refused with one clear error."""
import json
import subprocess

import pytest

from workbench import SLIPWAY, docker_archive

# Every system call with which an import changes a disk.
EFFECTS = "write,fallocate,fsync,linkat,renameat,unlinkat,mkdirat"


def three(bench, version=1):
    """A bundle with some blobs."""
    bench.write("app.tar", docker_archive("app:1", {"app": b"program" * 100000}))
    bench.write("notes.txt", f"notes {version}\n")
    return bench.make(f"name: three\nversion: {version}\nfiles: [{{name: notes.txt, source: notes.txt}}]\n"
                      "containers: [{name: app, from: 'docker-archive:app.tar'}]\n", f"three-{version}.bundle")


def leftovers(bench):
    """Files of the store that are neither blobs nor its own two."""
    found = {each.relative_to(bench.state / "store").as_posix() for each in (bench.state / "store").rglob("*")
             if each.is_file() and each.parent.name != "sha256"}
    return found - {"index.json", "oci-layout"}


def import_killed(bench, bundle, when, calls=EFFECTS):
    """An import that is killed at its WHEN-th call of those that change something; its exit status."""
    return subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={calls}",
                           "-e", f"inject={calls}:signal=KILL:when={when}", SLIPWAY, "bundle", "import", bundle,
                           "--state-dir", bench.state], capture_output=True, check=False, timeout=120).returncode


def check_and_go_on(bench, bundle):
    """The store is sound as it is, and the next import goes on."""
    index = bench.state / "store/index.json"
    names = bench.names() if index.exists() else {}
    assert len(names) in (0, 2)
    for each in (bench.state / "store").glob("blobs/sha256/*"):
        bench.blob("sha256:" + each.name)
    bench.run("bundle", "import", bundle)
    assert len(bench.names()) == 2
    assert not leftovers(bench)


def test_killed_at_every_effect(bench):
    """kill -9 at each system call that changes something. The store is made first: the process that imports is a
    child, and strace counts the calls of each process by itself."""
    bundle = three(bench)
    killed = 0
    for when in range(1, 1000):
        subprocess.run(["rm", "-rf", bench.state / "store"], check=True)
        bench.run("bundle", "import", "none.bundle", code=3)
        if import_killed(bench, bundle, when) == 0:
            break
        killed += 1
        check_and_go_on(bench, bundle)
    assert killed > 20


def test_killed_while_the_store_is_made(bench):
    bundle = three(bench)
    for when in range(1, 9):
        subprocess.run(["rm", "-rf", bench.state / "store"], check=True)
        assert import_killed(bench, bundle, when) != 0
        check_and_go_on(bench, bundle)


def bytes_read(bench, bundle):
    """How much of the bundle an import reads."""
    log = bench.folder / "reads"
    subprocess.run(["strace", "-f", "-qq", "-o", log, "-e", "trace=read", "-P", bundle, SLIPWAY, "bundle", "import", bundle,
                    "--state-dir", bench.state], capture_output=True, check=True, timeout=120)
    return sum(int(line.rsplit("= ", 1)[1]) for line in log.read_text().splitlines() if "= " in line)


def test_an_import_goes_on_where_it_was(bench):
    """What a killed import had whole is not read again; importing what is here reads next to nothing."""
    recipe = "name: large\nversion: 1\nfiles:\n"
    for i in range(4):
        bench.write(f"f{i}", bytes([i]) * (8 << 20))
        recipe += f"  - {{name: f{i}, source: f{i}}}\n"
    bundle = bench.make(recipe)
    bench.run("bundle", "import", "none.bundle", code=3)
    # Small blobs come first: a manifest for each file and their common config, then the files.
    assert import_killed(bench, bundle, 8, "linkat") == 1
    kept = sum(each.stat().st_size for each in (bench.state / "store").glob("blobs/sha256/*"))
    assert kept > 16 << 20
    assert bytes_read(bench, bundle) < bundle.stat().st_size - kept + (1 << 20)
    assert bytes_read(bench, bundle) < 1 << 20
    assert len(bench.names()) == 4


def test_a_child_that_is_lost_is_told(bench, small):
    bench.run("bundle", "import", "none.bundle", code=3)
    done = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=linkat", "-e", "inject=linkat:signal=KILL",
                           SLIPWAY, "bundle", "import", small, "--state-dir", bench.state],
                          text=True, capture_output=True, check=False, timeout=120)
    assert done.returncode == 1 and "SW-2032" in done.stderr and "goes on where it was" in done.stderr


def test_a_bundle_comes_through_a_pipe(bench):
    bundle = three(bench)
    with open(bundle, "rb") as pipe:
        bench.run("bundle", "verify", "-", stdin=pipe)
    with subprocess.Popen(["cat", bundle], stdout=subprocess.PIPE) as cat:
        bench.run("bundle", "import", "-", stdin=cat.stdout)
    assert len(bench.names()) == 2


def test_a_blob_over_4_gib(bench):
    """Sizes have 64 bits: a sparse file of 4 GiB and a little, in both kinds of bundle."""
    size = (4 << 30) + 12345
    with open(bench.folder / "big", "wb") as big:
        big.truncate(size)
        big.seek(size - 5)
        big.write(b"end.\n")
    bundle = bench.make("name: big\nversion: 1\nfiles: [{name: big, source: big}]\n", "big.bundle", "--zstd")
    assert bundle.stat().st_size < 10 << 20
    (bench.folder / "big").unlink()
    bench.run("bundle", "import", bundle)
    entry = json.loads((bench.state / "store/index.json").read_text())["manifests"][0]
    layer = json.loads(bench.blob(entry["digest"]))["layers"][0]
    blob = bench.state / "store/blobs/sha256" / layer["digest"].removeprefix("sha256:")
    assert layer["size"] == blob.stat().st_size == size


def test_memory_stays_small(bench, small):
    for path in (small, bench.make((bench.folder / "recipe.yaml").read_text(), "packed.bundle", "--zstd")):
        done = subprocess.run(["/usr/bin/time", "-f", "%M", SLIPWAY, "bundle", "verify", path, "--pub", bench.folder / "site.pub"],
                              capture_output=True, text=True, check=True)
        assert int(done.stderr.splitlines()[-1]) < 65536


def test_only_one_import_at_a_time(bench, small):
    bench.run("bundle", "import", small)
    done = subprocess.run(["flock", bench.state / "store", SLIPWAY, "bundle", "import", small, "--state-dir", bench.state],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "SW-2016" in done.stderr


def altered(data):
    return data[:3000] + bytes([data[3000] ^ 1]) + data[3001:]


@pytest.mark.parametrize("change, code, word", [
    (altered, 7, "SW-2"),
    (lambda data: data[:-1], 7, "SW-2005"),
    (lambda data: data[:len(data) // 2], 7, "SW-2005"),
    (lambda data: b"", 7, "SW-2005"),
    (lambda data: b"hello world\n" * 100, 7, "SW-2001"),
    (lambda data: data + b"more", 7, "SW-2006"),
])
def test_bad_bundles(bench, small, change, code, word):
    bad = bench.write("bad.bundle", change(small.read_bytes()))
    for verb in ("verify", "import"):
        done = bench.run("bundle", verb, bad, code=code)
        assert word in done.stderr and len(done.stderr.splitlines()) <= 2
    assert not bench.names()


def test_bad_keys_and_files(bench, small):
    bench.write("nokey", "hello\n")
    for args, code, word in [
        (("bundle", "create", "recipe.yaml", "-o", "y", "--key", "nokey"), 2, "SW-2010"),
        (("bundle", "create", "recipe.yaml", "-o", "y", "--key", "site.pub"), 2, "SW-2010"),
        (("bundle", "create", "recipe.yaml", "-o", "y", "--key", "none.key"), 3, "none.key"),
        (("bundle", "create", "none.yaml", "-o", "y", "--key", "site.key"), 3, "none.yaml"),
        (("bundle", "create", "recipe.yaml", "-o", "none/y", "--key", "site.key"), 3, "none/y"),
        (("bundle", "verify", small, "--pub", "nokey"), 2, "SW-2010"),
        (("bundle", "verify", "none.bundle"), 3, "none.bundle"),
        (("bundle", "import", "."), 1, "directory"),
        (("trust", "add", "nokey"), 2, "SW-2010"),
        (("trust", "rm", "nobody"), 3, "nobody"),
        (("bundle", "create", "recipe.yaml", "--key", "site.key"), 2, "--out"),
        (("bundle", "import"), 2, "FILE"),
    ]:
        done = bench.run(*args, code=code)
        assert word in done.stderr
    assert not (bench.folder / "y").exists()


def test_bad_recipes(bench):
    for text, word in [("name: a\nversion: 1\nfiels: []\n", "fiels"),
                       ("name: a\nversion: 1\nfiles: [{name: x, source: none.txt}]\n", "none.txt"),
                       ("name: [\n", "line")]:
        bench.write("bad.yaml", text)
        done = subprocess.run([SLIPWAY, "bundle", "create", "bad.yaml", "-o", "y", "--key", "site.key"], cwd=bench.folder,
                              capture_output=True, text=True, check=False)
        assert done.returncode in (2, 3) and word in done.stderr and "SW-600" in done.stderr
        assert not (bench.folder / "y").exists()
    for source, code, word in (("oci:.:none", 2, "SW-6007"), ("docker://127.0.0.1:9/none", 1, "skopeo")):
        bench.write("bad.yaml", f"name: a\nversion: 1\ncontainers: [{{name: a, from: '{source}'}}]\n")
        done = bench.run("bundle", "create", "bad.yaml", "-o", "y", "--key", "site.key", code=code)
        assert word in done.stderr and not list(bench.folder.glob(".y*"))


def test_versions_go_forward(bench):
    first, second = three(bench, 1), three(bench, 2)
    bench.run("bundle", "import", second)
    done = bench.run("bundle", "import", first, code=4)
    assert "SW-2007" in done.stderr and "--allow-rollback" in done.stderr
    bench.run("bundle", "import", first, "--allow-rollback")
    manifest = bench.check(bench.names()["notes.txt"])
    assert bench.blob(manifest["layers"][0]["digest"]) == b"notes 1\n"


def test_nobody_is_trusted_at_first(bench, small):
    bench.run("trust", "rm", "site")
    assert "SW-2013" in bench.run("bundle", "import", small, code=7).stderr
    shown = json.loads(bench.run("bundle", "inspect", small, "-o", "json").stdout)
    assert shown["trusted"] is False and shown["name"] == "small"
