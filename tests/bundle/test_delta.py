# SPDX-License-Identifier: Apache-2.0
"""Deltas: what a site has stays out of the archive and in the statement."""
import json
import tarfile

RECIPE = "name: a\nversion: {version}\nfiles: [{{name: one, source: one}}, {{name: two, source: two}}]\n"


def blobs_of(path):
    with tarfile.open(path) as archive:
        return [each.rpartition("/")[2] for each in archive.getnames() if each.startswith("blobs/")]


def test_a_delta_carries_what_is_new(bench):
    bench.write("one", "the same in both\n")
    bench.write("two", "old\n")
    old = bench.make(RECIPE.format(version=1), "old")
    bench.write("two", "new and longer\n")
    whole = bench.make(RECIPE.format(version=2), "whole")
    delta = bench.make(RECIPE.format(version=2), "delta", "--since", old)
    carried = blobs_of(delta)
    assert sorted(carried) == sorted(set(blobs_of(whole)) - set(blobs_of(old)))
    shown = json.loads(bench.run("bundle", "inspect", delta, "-o", "json").stdout)
    assert (shown["blobs"], shown["carried_blobs"]) == (len(blobs_of(whole)), len(carried))
    assert "delta    " in bench.run("bundle", "inspect", delta).stdout
    bench.write("list", "# what the site has\n" + "".join(f"sha256:{each}\n" for each in blobs_of(old)))
    assert bench.make(RECIPE.format(version=2), "listed", "--since-list", "list").read_bytes() == delta.read_bytes()


def test_a_list_with_a_word_in_it_is_refused(bench):
    bench.write("one", "1\n")
    bench.write("two", "2\n")
    bench.write("list", "sha256:xyz\n")
    bench.write("recipe.yaml", RECIPE.format(version=1))
    failed = bench.run("bundle", "create", "recipe.yaml", "-o", "x.bundle", "--key", "site.key",
                       "--since-list", "list", code=2)
    assert "line 1" in failed.stderr
    assert not (bench.folder / "x.bundle").exists()


def test_what_a_site_lacks_is_named_by_its_owner(bench):
    """The delta's own manifest says whose the blob is, though nothing of it is taken."""
    bench.write("one", "the same in both, and long enough to lie behind the manifests\n" * 50)
    bench.write("two", "old\n")
    old = bench.make(RECIPE.format(version=1), "old")
    bench.write("two", "new and longer\n")
    for options in ((), ("--zstd",)):
        delta = bench.make(RECIPE.format(version=2), "delta", "--since", old, *options)
        said = bench.run("bundle", "import", delta, code=4).stderr
        assert "SW-2030" in said and "(the manifest of 'one')" in said and "(the configuration of 'two')" in said
        assert not bench.index()
    bench.run("bundle", "import", old)
    layer = bench.check(bench.names()["one"])["layers"][0]["digest"]
    (bench.state / "store/blobs/sha256" / layer.removeprefix("sha256:")).unlink()
    said = bench.run("bundle", "import", delta, code=4).stderr
    assert f"1 of them are not: {layer} (a layer of 'one')" in said
