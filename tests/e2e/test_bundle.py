# SPDX-License-Identifier: Apache-2.0
"""A bundle is refused for the least thing that is wrong with it, and then nothing refers to any of it."""
import hashlib
import json
import subprocess

import pytest

from lab.appliance import slipway_run
from lab.images import bundle_make, bundle_recipe

REFUSED, UNVERIFIED = 4, 7


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A bundle without an OS image; (bundle, public key)."""
    return bundle_make(tmp_path_factory.mktemp("small"), "small", 3, os_image=False)


class Store:
    """A store of its own, with no daemon."""

    def __init__(self, folder, *keys):
        self.folder = folder
        for key in keys:
            assert self.run("trust", "add", key).returncode == 0

    def run(self, *args):
        """A slipway command on this store."""
        return slipway_run(*args, "--state-dir", self.folder, check=False)

    def names(self):
        """What its index refers to."""
        index = self.folder / "store/index.json"
        manifests = json.loads(index.read_text())["manifests"] if index.exists() else []
        return sorted(each["annotations"]["org.opencontainers.image.ref.name"] for each in manifests)


@pytest.fixture
def store(tmp_path, small):
    """An empty store that trusts the small bundle's key."""
    return Store(tmp_path / "state", small[1])


def import_refused(store, bundle, code=UNVERIFIED):
    """Import must end with CODE and one sentence, and leave no name."""
    before = store.names()
    done = store.run("bundle", "import", bundle)
    assert done.returncode == code, done.stderr
    assert "SW-2" in done.stderr
    assert store.names() == before


def test_good_bundle_is_imported(store, small):
    assert store.run("bundle", "import", small[0]).returncode == 0
    assert len(store.names()) >= 2


def test_minisign_accepts_the_statement(small, tmp_path):
    subprocess.run(["tar", "-xf", small[0], "-C", tmp_path, "slipway.json", "slipway.json.minisig"], check=True)
    subprocess.run(["minisign", "-V", "-q", "-m", tmp_path / "slipway.json", "-p", small[1]], check=True)


def test_same_input_gives_the_same_bytes(tmp_path, small):
    recipe = bundle_recipe(tmp_path, "same", 1, os_image=False)
    digests = set()
    for name in ("one", "two"):
        slipway_run("bundle", "create", recipe, "-o", tmp_path / name, "--key", small[1].with_suffix(".key"))
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1


@pytest.mark.parametrize("part", range(16))
def test_one_changed_byte_is_refused(store, small, tmp_path, part):
    data = bytearray(small[0].read_bytes())
    data[(len(data) - 1) * part // 15] ^= 0x10
    altered = tmp_path / "altered.bundle"
    altered.write_bytes(data)
    done = store.run("bundle", "import", altered)
    assert done.returncode != 0
    assert store.names() == []


@pytest.mark.parametrize("part", range(1, 8))
def test_bundle_that_ends_early_is_refused(store, small, tmp_path, part):
    data = small[0].read_bytes()
    short = tmp_path / "short.bundle"
    short.write_bytes(data[:len(data) * part // 8])
    import_refused(store, short)


def test_bundle_of_an_unknown_key_is_refused(tmp_path, small):
    slipway_run("bundle", "keygen", "--no-password", "-o", tmp_path / "other")
    import_refused(Store(tmp_path / "state", tmp_path / "other.pub"), small[0])


def test_older_version_is_refused(store, small, tmp_path):
    assert store.run("bundle", "import", small[0]).returncode == 0
    recipe = bundle_recipe(tmp_path, "small", 2, os_image=False)
    older = tmp_path / "older.bundle"
    slipway_run("bundle", "create", recipe, "-o", older, "--key", small[1].with_suffix(".key"))
    import_refused(store, older, REFUSED)


def test_the_os_bundle_altered_by_one_byte_is_refused(site, tmp_path):
    altered = tmp_path / "altered.bundle"
    subprocess.run(["cp", "--reflink=auto", site.bundle, altered], check=True)
    with open(altered, "r+b") as file:
        file.seek(altered.stat().st_size * 2 // 3)
        byte = file.read(1)[0]
        file.seek(-1, 1)
        file.write(bytes([byte ^ 1]))
    import_refused(Store(tmp_path / "state", site.public_key), altered)


BAD_RECIPES = {
    "an unknown key": "name: x\nversion: 1\nimagse: []\n",
    "a missing file": "name: x\nversion: 1\nfiles: [{name: a, source: /nonexistent/a}]\n",
    "no YAML": "name: [x\n",
}


@pytest.mark.parametrize("text", BAD_RECIPES.values(), ids=BAD_RECIPES.keys())
def test_bad_recipe_is_refused(text, small, tmp_path):
    recipe = tmp_path / "bad.yaml"
    recipe.write_text(text)
    done = slipway_run("bundle", "create", recipe, "-o", tmp_path / "out", "--key", small[1].with_suffix(".key"),
                       check=False)
    assert done.returncode != 0
    assert "SW-6" in done.stderr
    assert not (tmp_path / "out").exists()


def test_key_that_is_no_key_is_refused(small, tmp_path):
    (tmp_path / "no.key").write_text("no key\n")
    recipe = bundle_recipe(tmp_path, "x", 1, os_image=False)
    done = slipway_run("bundle", "create", recipe, "-o", tmp_path / "out", "--key", tmp_path / "no.key", check=False)
    assert done.returncode != 0
    assert not (tmp_path / "out").exists()
