# SPDX-License-Identifier: Apache-2.0
"""Bundles that were split: each part checked by itself, taken in any order, and put together again."""
import json

import pytest


@pytest.fixture
def parts(bench):
    """Four parts of one bundle."""
    bench.write("f", bytes(range(256)) * 12000)
    bundle = bench.make("name: large\nversion: 3\nfiles: [{name: f, source: f}]\n")
    bench.run("bundle", "split", bundle, "--size", "921600", "--out", "large")
    found = sorted(bench.folder.glob("large.*"))
    assert [each.name for each in found] == ["large.001", "large.002", "large.003", "large.004"]
    assert all(each.stat().st_size <= 900 << 10 for each in found)
    return found


def test_parts_come_in_any_order(bench, parts):
    bench.run("bundle", "verify", *parts)
    bench.run("bundle", "import", parts[2], parts[0], parts[3], parts[1])
    assert len(bench.names()) == 1


def test_join_gives_the_same_bytes(bench, parts):
    bench.run("bundle", "join", "-o", "again", *reversed(parts))
    assert (bench.folder / "again").read_bytes() == (bench.folder / "x.bundle").read_bytes()
    assert "again" in bench.run("bundle", "join", "-o", "again", *parts, code=1).stderr


def test_missing_parts_are_named(bench, parts):
    done = bench.run("bundle", "import", parts[0], parts[2], code=3)
    assert "SW-2035" in done.stderr and "2, 4" in done.stderr
    bench.run("bundle", "join", "-o", "again", parts[0], code=3)
    assert not bench.names() and not (bench.folder / "again").exists()


def test_each_part_is_checked_by_itself(bench, parts):
    shown = json.loads(bench.run("bundle", "verify", parts[1], "-o", "json").stdout)
    assert (shown["name"], shown["version"], shown["part"], shown["parts"]) == ("large", 3, 2, 4)
    data = parts[1].read_bytes()
    for at in (3, 40, 300, 5000, len(data) - 1):
        parts[1].write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
        bench.run("bundle", "verify", parts[1], code=7)
        bench.run("bundle", "import", *parts, code=7)
    parts[1].write_bytes(data[:-1])
    assert "ends early" in bench.run("bundle", "verify", parts[1], code=7).stderr
    parts[1].write_bytes(data + b"x")
    bench.run("bundle", "verify", parts[1], code=7)


def test_parts_of_two_bundles_are_not_mixed(bench, parts):
    bench.write("f", bytes(range(255)) * 12000)
    other = bench.make("name: large\nversion: 4\nfiles: [{name: f, source: f}]\n", "other.bundle")
    bench.run("bundle", "split", other, "--size", "921600")
    done = bench.run("bundle", "import", *parts[:3], "other.bundle.004", code=7)
    assert "another file" in done.stderr
    bench.run("bundle", "import", *parts[:3], parts[0], code=2)
    bench.run("bundle", "split", other, "--size", "8192", code=2)
    bench.run("bundle", "split", other, "--size", "8200", code=2)
    bench.run("bundle", "split", parts[0], "--size", "1M", code=7)
