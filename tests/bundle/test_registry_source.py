# SPDX-License-Identifier: Apache-2.0
"""Images out of a registry: Debian's docker-registry, in a network namespace of its own."""
import os
import subprocess
import time

import pytest

from test_archives import Layout
from workbench import SLIPWAY

CONFIG = """
version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {folder}/registry}}}}
http: {{addr: "127.0.0.1:5000"}}
"""
INSECURE = '[[registry]]\nlocation = "localhost:5000"\ninsecure = true\n'


class Registry:
    """A registry that only those in its namespace see."""

    def __init__(self, folder):
        (folder / "registry.yml").write_text(CONFIG.format(folder=folder))
        (folder / ".config/containers").mkdir(parents=True)
        (folder / ".config/containers/registries.conf").write_text(INSECURE)
        self.env = os.environ | {"HOME": str(folder)}
        self.folder = folder
        self.child = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "ip link set lo up && exec docker-registry serve registry.yml"],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=(folder / "registry.log").open("w"))

    def run(self, *argv, **options):
        """A program beside the registry."""
        return subprocess.run(["nsenter", f"--net=/proc/{self.child.pid}/ns/net", *map(str, argv)], cwd=self.folder,
                              env=self.env, text=True, capture_output=True, check=False, timeout=300, **options)

    def push(self, layout, name, *options):
        """Push, as soon as the registry is there to be pushed to."""
        deadline = time.monotonic() + 120
        while True:
            done = self.run("skopeo", "copy", "-q", "--preserve-digests", *options, f"oci:{layout}", f"docker://localhost:5000/{name}")
            if done.returncode == 0:
                return
            assert time.monotonic() < deadline and self.child.poll() is None, done.stderr
            time.sleep(0.2)


@pytest.fixture
def registry(bench):
    it = Registry(bench.folder)
    yield it
    it.child.kill()
    it.child.wait()


def test_images_of_a_registry(bench, registry):
    layout = Layout(bench.folder / "layout")
    whole = layout.name(layout.index("amd64", "arm64", "s390x"), org_opencontainers_image_ref_name="1")
    registry.push("layout:1", "group/app:1", "--multi-arch=all")
    recipe = ("name: a\nversion: 1\ncontainers:\n"
              "  - {name: 'registry.example/one:1', from: 'docker://localhost:5000/group/app:1'}\n"
              "  - {name: 'registry.example/two:1', from: 'docker://localhost:5000/group/app:1', arch: [amd64, arm64]}\n"
              f"  - {{name: 'registry.example/all:1', from: 'docker://localhost:5000/group/app@{whole['digest']}', arch: [all]}}\n")
    bench.write("recipe.yaml", recipe)
    for name in ("first", "second"):
        done = registry.run(SLIPWAY, "bundle", "create", "recipe.yaml", "-o", name, "--key", "site.key")
        assert done.returncode == 0, done.stderr
    assert (bench.folder / "first").read_bytes() == (bench.folder / "second").read_bytes()
    bench.run("bundle", "import", "first")
    index = {each["annotations"]["org.opencontainers.image.ref.name"]: each["digest"] for each in bench.index()}
    assert index["registry.example/one:1"] == layout.image("amd64")["digest"]
    assert index["registry.example/all:1"] == whole["digest"]
    assert len(set(index.values())) == 3


def test_what_a_registry_lacks_is_named(bench, registry):
    layout = Layout(bench.folder / "layout")
    layout.name(layout.image("amd64"), org_opencontainers_image_ref_name="1")
    registry.push("layout:1", "app:1")
    for source, arch, said in (("app:2", "amd64", "app:2"), ("app:1", "arm64", "SW-6005")):
        bench.write("recipe.yaml", f"name: a\nversion: 1\ncontainers: [{{name: 'a:1', from: 'docker://localhost:5000/{source}', "
                                   f"arch: [{arch}]}}]\n")
        done = registry.run(SLIPWAY, "bundle", "create", "recipe.yaml", "-o", "x", "--key", "site.key")
        assert done.returncode != 0 and said in done.stderr
