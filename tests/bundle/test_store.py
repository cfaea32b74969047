# SPDX-License-Identifier: Apache-2.0
"""slipway store: what takes room, what is damaged, what can go."""
import copy
import json
import os
import shutil

import pytest

from workbench import NAME, Bench

FILE = "files: [{name: notes.txt, source: notes.txt}"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A store with two bundles that share a blob, to be copied."""
    bench = Bench(tmp_path_factory.mktemp("made"))
    bench.write("notes.txt", "some notes\n")
    bench.write("more.txt", "more " * 1000)
    for name, more in (("one", ""), ("two", ", {name: more.txt, source: more.txt}")):
        bench.run("bundle", "import", bench.make(f"name: {name}\nversion: 3\n{FILE}{more}]\n", name + ".bundle"))
    return bench


@pytest.fixture
def full(made, tmp_path):
    """A copy of its own for each test."""
    bench = copy.copy(made)
    bench.folder = tmp_path / "copy"
    bench.state = bench.folder / "state"
    shutil.copytree(made.folder, bench.folder)
    return bench


def as_json(bench, *args, code=0):
    """What a store command prints as JSON."""
    return json.loads(bench.run("store", *args, "-o", "json", code=code).stdout)


def blobs(bench):
    """The digests of the blobs in the store's folder."""
    return {"sha256:" + each.name for each in (bench.state / "store/blobs/sha256").iterdir()}


def layer_of(bench, name):
    """Path and digest of the content of a file's entry."""
    digest = bench.check(bench.names()[name])["layers"][0]["digest"]
    return bench.state / "store/blobs/sha256" / digest.removeprefix("sha256:"), digest


def test_df_counts_shared_blobs_once(full):
    """The sums are those of the folder, whichever way it is grouped."""
    on_disk = sum(each.stat().st_size for each in (full.state / "store/blobs/sha256").iterdir())
    for by in ("bundle", "name", "kind"):
        usage = as_json(full, "df", "--by", by)
        assert usage["bytes"] == on_disk and usage["blobs"] == len(blobs(full))
        assert usage["unreferenced_bytes"] == 0 and usage["held_bytes"] == 0
        assert sum(each["own_bytes"] for each in usage["items"]) <= on_disk
    bundles = {each["name"]: each for each in as_json(full, "df")["items"]}
    assert set(bundles) == {"two"} or bundles["one"]["own_bytes"] == 0
    assert bundles["two"]["version"] == 3 and bundles["two"]["own_bytes"] >= 5000
    assert "free" in full.run("store", "df").stdout
    assert {each["name"] for each in as_json(full, "ls")["items"]} == set(full.names())


def test_fsck_finds_and_repairs(full):
    """Altered, truncated and missing blobs are named with the bundle that brings them back."""
    assert as_json(full, "fsck")["good"]
    path, digest = layer_of(full, "more.txt")
    content = path.read_bytes()
    for damage, problem in ((content[:-1] + b"?", "altered"), (content[:100], "truncated"), (None, "missing")):
        path.unlink()
        if damage is not None:
            path.write_bytes(damage)
        found = as_json(full, "fsck", code=7)
        assert [(each["digest"], each["problem"]) for each in found["findings"]] == [(digest, problem)]
        assert found["findings"][0]["needed_by"] == ["more.txt"]
        assert found["import_again"] == [{"bundle": "two", "version": 3, "names": ["more.txt"]}]
        as_json(full, "fsck", "--repair", code=7)
        assert digest not in blobs(full)
        assert "import again: bundle two version 3" in full.run("store", "fsck", code=7).stderr
        full.run("bundle", "import", "two.bundle")
        assert as_json(full, "fsck")["good"]
    (path.parent / "stray").write_text("not a blob")
    assert as_json(full, "fsck")["foreign"] == ["stray"]


def test_what_fsck_found_is_brought_again(full):
    """A blob that was altered at its size counts as not there from then on, and one that is good again as there."""
    path, digest = layer_of(full, "more.txt")
    content = path.read_bytes()
    path.write_bytes(b"?" + content[1:])
    full.run("bundle", "import", "two.bundle")  # by its size it is here, and nothing is read again
    assert path.read_bytes() != content
    assert as_json(full, "fsck", code=7)["damaged"] == 1
    assert as_json(full, "fsck", code=7)["damaged"] == 1
    done = json.loads(full.run("bundle", "import", "two.bundle", "-o", "json").stdout)
    assert done["written_bytes"] == len(content) and layer_of(full, "more.txt")[1] == digest
    assert path.stat().st_mode & 0o777 == 0o644 and as_json(full, "fsck")["good"]
    path.write_bytes(b"?" + content[1:])
    as_json(full, "fsck", code=7)
    path.write_bytes(content)
    assert as_json(full, "fsck")["good"] and path.stat().st_mode & 0o777 == 0o644


def test_a_damaged_manifest_is_brought_again(full):
    """Also where nothing else can be read before it is."""
    path = full.state / "store/blobs/sha256" / full.names()["more.txt"]["digest"][7:]
    content = path.read_bytes()
    path.write_bytes(b" " + content[1:])
    found = as_json(full, "fsck", code=7)
    assert found["import_again"][0]["bundle"] == "two"
    full.run("bundle", "import", "two.bundle")
    assert path.read_bytes() == content and as_json(full, "fsck")["good"]


def test_fsck_repairs_a_broken_index(full):
    """The blobs stay; importing again writes nothing but the index."""
    index = full.state / "store/index.json"
    index.write_text('{"manifests": [')
    assert "slipway store fsck" in full.run("store", "ls", code=7).stderr
    assert as_json(full, "fsck", code=7)["index"] != "ok"
    as_json(full, "fsck", "--repair", code=7)
    assert (full.state / "store/index.json.damaged").read_text() == '{"manifests": ['
    done = json.loads(full.run("bundle", "import", "two.bundle", "-o", "json").stdout)
    assert done["written_bytes"] == 0
    assert as_json(full, "fsck")["good"]


def test_rm_and_gc(full):
    """A dropped name is held for a while, then its bytes go, and those of nothing else."""
    _, digest = layer_of(full, "more.txt")
    before = blobs(full)
    assert as_json(full, "gc", "--grace", "0")["removed"] == 0
    assert "SW-2066" in full.run("store", "rm", "none.txt", code=3).stderr
    full.run("store", "rm", "more.txt")
    assert set(full.names()) == {"notes.txt"}
    assert as_json(full, "gc")["removed"] == 0 and blobs(full) == before
    assert as_json(full, "df")["held_bytes"] >= 5000
    assert as_json(full, "gc", "--grace", "0", "--dry-run")["removed"] == 2 and blobs(full) == before
    assert as_json(full, "gc", "--grace", "0")["removed"] == 2
    assert digest not in blobs(full)
    assert as_json(full, "fsck")["good"] and "more.txt" not in full.names()
    full.run("bundle", "import", "two.bundle")
    assert digest in blobs(full)


def test_what_describes_an_image_goes_with_it(full):
    """Its SBOM and signatures, once the last name that leads to it goes or leads elsewhere."""
    index_path = full.state / "store/index.json"
    index = json.loads(index_path.read_text())
    entry = full.names()["more.txt"]
    for name in ("os/a:1", "os/a:2", f"os/a:sha256-{entry['digest'][7:]}.sbom", f"os/a:sha256-{entry['digest'][7:]}.sig",
                 f"os/a:sha256-{'0' * 64}.sbom"):
        index["manifests"].append({**entry, "annotations": {NAME: name, "vnd.slipway.kind": "rootfs"}})
    # The companions lead to something of their own.
    for each in index["manifests"][-3:]:
        each.update({key: full.names()["notes.txt"][key] for key in ("digest", "size")})
    index["manifests"] = [each for each in index["manifests"] if each["annotations"][NAME] != "more.txt"]
    index_path.write_text(json.dumps(index))
    full.run("store", "rm", "os/a:1")
    assert len(full.names()) == 5
    full.run("store", "rm", "os/a:2")
    assert sorted(full.names()) == ["notes.txt", f"os/a:sha256-{'0' * 64}.sbom"]


def test_gc_keeps_what_an_import_left(full):
    """Blobs without a name stay for the grace period by their age, and go after it."""
    path, digest = layer_of(full, "notes.txt")
    stray = "sha256:" + "8" * 64
    (path.parent / ("8" * 64)).write_text("left by an import")
    assert as_json(full, "gc")["young"] == 1
    os.utime(path.parent / ("8" * 64), (0, 0))
    os.utime(path, (0, 0))
    assert as_json(full, "gc")["removed"] == 1
    assert stray not in blobs(full) and digest in blobs(full)


def test_gc_refuses_where_a_manifest_is_damaged(full):
    """What it refers to is not known then."""
    entry = full.names()["more.txt"]
    path = full.state / "store/blobs/sha256" / entry["digest"].removeprefix("sha256:")
    path.write_bytes(path.read_bytes()[:-1])
    before = blobs(full)
    assert "SW-2064" in full.run("store", "gc", "--grace", "0", code=7).stderr
    assert blobs(full) == before


def test_export_list(full):
    """Plain text, sorted, a digest a line."""
    lines = full.run("store", "export-list").stdout.splitlines()
    assert lines[0].startswith("#")
    assert lines[1:] == sorted(blobs(full))
    assert as_json(full, "export-list")["items"] == lines[1:]


def test_rm_asks_who_needs_it(full):
    """Where there is a state database, a daemon must say that nobody does."""
    (full.state / "state.db").write_text("")
    full.run("store", "rm", "more.txt", "--run-dir", full.folder, code=6)
    assert "more.txt" in full.names()
    full.run("store", "rm", "more.txt", "--run-dir", full.folder, "--force")
    held = full.run("store", "gc", "--grace", "0", "--run-dir", full.folder).stderr
    assert "slipwayd" in held and as_json(full, "df")["held_bytes"] > 0
