# SPDX-License-Identifier: Apache-2.0
"""A bundle is complete: what manifests and lists name is in it, or it is not made."""
import json

from test_archives import Layout
from test_registry_source import Registry, registry  # noqa: F401 (a fixture)
from workbench import SLIPWAY

MANIFEST = """apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      initContainers: [{name: i, image: "app@DIGEST"}]
      containers:
        - {name: a, image: app:1}
---
kind: Other
spec: {image: {repository: registry.example/other, tag: "2"}}
"""
RECIPE = """name: a
version: 1
archives: [{source: layout}]
manifests: [{source: manifests}]
image_lists: [{source: images.txt, ignore: [not/here]}]
"""


def create(bench, code=0):
    return bench.run("bundle", "create", "recipe.yaml", "-o", "x.bundle", "--key", "site.key", code=code)


def filled(bench):
    layout = Layout(bench.folder / "layout")
    image = layout.name(layout.index("amd64", "arm64"), org_opencontainers_image_ref_name="docker.io/library/app:1")
    layout.name(layout.image("arm64"), org_opencontainers_image_ref_name="registry.example/arm:1")
    bench.write("manifests/app.yaml", MANIFEST.replace("DIGEST", layout.image("amd64")["digest"]))
    bench.write("images.txt", "# as kubeadm lists them\napp:1\nnot/here\n")
    return layout, image


def test_what_is_named_and_missing_is_told(bench):
    layout, _ = filled(bench)
    layout.manifests.pop()
    layout.name(layout.image("amd64"), org_opencontainers_image_ref_name="registry.example/else:1")
    bench.write("recipe.yaml", RECIPE)
    failed = create(bench, code=3)
    assert "SW-6008" in failed.stderr
    assert "1 image is named but not in the bundle: registry.example/other:2 (manifests/app.yaml, line 11)" in failed.stderr
    assert not (bench.folder / "x.bundle").exists()
    layout.name(layout.image("amd64"), org_opencontainers_image_ref_name="registry.example/other:2")
    create(bench)


def test_the_architecture_counts(bench):
    filled(bench)
    bench.write("recipe.yaml", "name: a\nversion: 1\ncontainers: [{name: 'registry.example/arm:1', arch: [arm64], "
                "from: 'oci:layout:registry.example/arm:1'}]\nimage_lists: [{source: list}]\n")
    bench.write("list", "registry.example/arm:1\n")
    failed = create(bench, code=3)
    assert "registry.example/arm:1 (list, line 1): it is for 'arm64' only" in failed.stderr


def test_what_is_no_name_is_refused_by_its_line(bench):
    layout, _ = filled(bench)
    layout.manifests.pop()
    layout.name(layout.image("amd64"), org_opencontainers_image_ref_name="registry.example/other:2")
    bench.write("recipe.yaml", RECIPE)
    bench.write("images.txt", "app:1\nNo Image\n")
    assert "images.txt: line 2: 'No Image' is no image name" in create(bench, code=2).stderr
    bench.write("images.txt", "")
    bench.write("manifests/app.yaml", "image: {{ .Values.image }}\n")
    failed = create(bench, code=2)
    assert "manifests/app.yaml: line 1" in failed.stderr and "helm template" in failed.stderr


def test_what_is_missing_is_fetched_where_the_recipe_says_so(bench, registry):  # noqa: F811
    layout, _ = filled(bench)
    layout.manifests.clear()
    pinned = layout.name(layout.image("amd64"), org_opencontainers_image_ref_name="2")
    registry.push("layout:2", "other:2")
    bench.write("list", f"localhost:5000/other:2\nlocalhost:5000/other@{pinned['digest']}\n"
                        f"localhost:5000/other:7@{pinned['digest']}\n")
    bench.write("recipe.yaml", "name: a\nversion: 1\nimage_lists: [{source: list, from: registry}]\n")
    done = registry.run(SLIPWAY, "bundle", "create", "recipe.yaml", "-o", "x.bundle", "--key", "site.key")
    assert done.returncode == 0, done.stderr
    shown = json.loads(bench.run("bundle", "inspect", "x.bundle", "-o", "json").stdout)["entries"]
    assert {each["name"]: each["digest"] for each in shown} == {"localhost:5000/other:2": pinned["digest"]}
