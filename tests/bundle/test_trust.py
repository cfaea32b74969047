# SPDX-License-Identifier: Apache-2.0
"""Several keys: bundles that need more than one, and a key in the place of another."""
import hashlib
import json
import subprocess
import tarfile

import pytest


@pytest.fixture
def pair(bench):
    """The bench with a second trusted key."""
    bench.run("bundle", "keygen", "--no-password", "-o", "second")
    bench.run("trust", "add", "second.pub")
    return bench


@pytest.mark.parametrize("options", [(), ("--zstd",)])
def test_two_of_two(pair, options):
    pair.write("notes.txt", "some notes\n")
    bundle = pair.make("name: small\nversion: 2\nfiles: [{name: notes.txt, source: notes.txt}]\n", "x.bundle", *options)
    pair.run("trust", "threshold", "2")
    assert "SW-2040" in pair.run("bundle", "import", bundle, code=7).stderr
    assert "more of them are needed" in pair.run("bundle", "inspect", bundle).stdout
    pair.run("bundle", "sign", bundle, "--key", "second.key")
    said = json.loads(pair.run("bundle", "verify", bundle, "-o", "json").stdout)
    assert said["key"] == "site, second" and said["signatures"] == 2
    before = hashlib.sha256(bundle.read_bytes()).digest()
    assert "SW-2041" in pair.run("bundle", "sign", bundle, "--key", "second.key", code=1).stderr
    assert hashlib.sha256(bundle.read_bytes()).digest() == before
    assert sorted(each.name for each in pair.folder.iterdir() if each.name.startswith(".")) == []
    pair.run("bundle", "import", bundle)
    assert "notes.txt" in pair.names()


def test_minisign_reads_each_of_two(pair, small):
    pair.run("bundle", "sign", small, "--key", "second.key")
    with tarfile.open(small) as archive:
        parts = {name: archive.extractfile(name).read() for name in ("slipway.json", "slipway.json.minisig")}
    lines = parts["slipway.json.minisig"].splitlines(keepends=True)
    pair.write("slipway.json", parts["slipway.json"])
    for key, text in (("site", b"".join(lines)), ("second", b"".join(lines[4:]))):
        pair.write("slipway.json.minisig", text)
        subprocess.run(["minisign", "-Vm", "slipway.json", "-p", f"{key}.pub"], cwd=pair.folder, check=True,
                       capture_output=True)


def test_threshold_needs_its_keys(pair):
    assert "SW-2042" in pair.run("trust", "threshold", "3", code=2).stderr
    pair.run("trust", "threshold", "2")
    assert "SW-2043" in pair.run("trust", "rm", "second", code=4).stderr
    pair.run("trust", "threshold", "1")
    pair.run("trust", "rm", "second")


def test_a_key_replaces_the_one_that_signed_it(bench, small):
    bench.run("bundle", "keygen", "--no-password", "-o", "next")
    refused = bench.run("trust", "replace", "next.pub", "--signed", "site.pub", code=7)
    assert "no minisign signature" in refused.stderr
    subprocess.run(["minisign", "-Sm", "next.pub", "-s", "site.key"], cwd=bench.folder, check=True, capture_output=True)
    bench.run("trust", "replace", "next.pub", "--signed", "next.pub.minisig")
    assert [each["name"] for each in json.loads(bench.run("trust", "list", "-o", "json").stdout)["items"]] == ["next"]
    assert "SW-2003" in bench.run("bundle", "import", small, code=7).stderr
    assert "SW-2044" in bench.run("trust", "add", "site.pub", code=4).stderr
    bench.run("bundle", "sign", small, "--key", "next.key")
    bench.run("bundle", "import", small)
    bench.run("bundle", "import", small, "--allow-rollback")
    said = bench.run("audit", "list", "-o", "jsonl", "--run-dir", "none").stdout.splitlines()
    assert [json.loads(line)["action"] for line in said][:3] == ["trust.add", "trust.replace", "trust.replace"]
    assert json.loads(said[-1])["detail"] == "--allow-rollback"
