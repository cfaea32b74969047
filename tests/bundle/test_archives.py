# SPDX-License-Identifier: Apache-2.0
"""Archives with several images, images of several architectures, and what is taken of them."""
import gzip
import json
import subprocess

import pytest

from archives import Layout, packed, save_write, sha256
from workbench import SLIPWAY

ARCHIVES = "name: a\nversion: 1\narch: {arch}\narchives: [{{source: {source}}}]\n"


def test_a_saved_archive_with_several_images(bench):
    save_write(bench.folder / "k3s-airgap-images-amd64.tar", {"rancher/pause:3.6": "amd64", "busybox": "amd64"})
    subprocess.run(["zstd", "-q", "--rm", "k3s-airgap-images-amd64.tar"], cwd=bench.folder, check=True)
    bench.run("bundle", "import", bench.make(ARCHIVES.format(arch="[amd64]", source="k3s-airgap-images-amd64.tar.zst")))
    names = bench.names()
    assert sorted(names) == ["docker.io/library/busybox:latest", "docker.io/rancher/pause:3.6"]
    first, second = (bench.check(each) for each in names.values())
    assert first["layers"][0] == second["layers"][0]
    config = json.loads(bench.blob(first["config"]["digest"]))
    assert [sha256(gzip.decompress(bench.blob(each["digest"]))) for each in first["layers"]] == config["rootfs"]["diff_ids"]
    # skopeo reads the same archive to the same layers
    subprocess.run(["skopeo", "copy", "-q", f"oci:{bench.state}/store:docker.io/library/busybox:latest", "dir:out"],
                   cwd=bench.folder, check=True)


def test_one_image_of_several_is_named(bench):
    save_write(bench.folder / "saved.tar", {"one:1": "amd64", "two:1": "amd64"})
    recipe = "name: a\nversion: 1\ncontainers: [{{name: 'registry.example/x:1', from: 'docker-archive:saved.tar{}'}}]\n"
    bench.make(recipe.format(":docker.io/library/two:1"))
    bench.write("recipe.yaml", recipe.format(""))
    failed = bench.run("bundle", "create", "recipe.yaml", "-o", "x", "--key", "site.key", code=2)
    assert "2 images are in it" in failed.stderr and "docker.io/library/two:1" in failed.stderr
    bench.write("recipe.yaml", recipe.format(":three:1"))
    assert "no image 'three:1'" in bench.run("bundle", "create", "recipe.yaml", "-o", "x", "--key", "site.key", code=3).stderr


def test_another_architecture_is_refused(bench):
    save_write(bench.folder / "saved.tar", {"one:1": "arm64"})
    bench.write("recipe.yaml", ARCHIVES.format(arch="[amd64]", source="saved.tar"))
    failed = bench.run("bundle", "create", "recipe.yaml", "-o", "x", "--key", "site.key", code=2)
    assert "SW-6005" in failed.stderr and "docker.io/library/one:1" in failed.stderr and "'arm64'" in failed.stderr


@pytest.mark.parametrize("arch, kept", [("[amd64]", 1), ("[arm64, amd64]", 2), ("[all]", 3)])
def test_architectures_that_are_asked_for(bench, arch, kept):
    layout = Layout(bench.folder / "layout")
    whole = layout.name(layout.index("amd64", "arm64", "s390x"), org_opencontainers_image_ref_name="registry.example/app:1")
    bench.run("bundle", "import", bench.make(ARCHIVES.format(arch=arch, source="layout")))
    entry = bench.index()[0]
    document = json.loads(bench.blob(entry["digest"]))
    if kept == 1:  # under its own digest
        assert entry["digest"] == layout.image("amd64")["digest"]
        return
    assert [each["platform"]["architecture"] for each in document["manifests"]] == ["amd64", "arm64", "s390x"][:kept]
    assert (entry["digest"] == whole["digest"]) == (kept == 3)
    for each in document["manifests"]:
        bench.check(each)


def test_an_architecture_that_is_missing_is_named(bench):
    layout = Layout(bench.folder / "layout")
    layout.name(layout.index("amd64", "s390x"), org_opencontainers_image_ref_name="registry.example/app:1")
    bench.write("recipe.yaml", ARCHIVES.format(arch="[amd64, arm64]", source="layout"))
    failed = bench.run("bundle", "create", "recipe.yaml", "-o", "x", "--key", "site.key", code=2)
    assert "no image for linux/arm64; it has: amd64, s390x" in failed.stderr


def test_a_haul(bench):
    layout = Layout(bench.folder / "haul")
    image = layout.name(layout.image("amd64"), kind="dev.cosignproject.cosign/image",
                        io_containerd_image_name="index.docker.io/rancher/cowsay:latest",
                        org_opencontainers_image_ref_name="rancher/cowsay:latest")
    signature = layout.put({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                            "config": layout.put(b"{}", "application/vnd.oci.image.config.v1+json"), "layers": []},
                           "application/vnd.oci.image.manifest.v1+json")
    layout.name(signature, kind="dev.cosignproject.cosign/sigs",
                io_containerd_image_name="index.docker.io/rancher/cowsay:latest",
                org_opencontainers_image_ref_name="rancher/cowsay:latest")
    file = layout.put({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                       "config": layout.put(b"{ }", "application/vnd.content.hauler.file.local.config.v1+json"),
                       "layers": [layout.put(b"text", "application/vnd.content.hauler.file.layer.v1")]},
                      "application/vnd.oci.image.manifest.v1+json")
    layout.name(file, kind="dev.cosignproject.cosign/image", org_opencontainers_image_ref_name="hauler/notes.txt:latest")
    packed(bench, layout.folder, "haul.tar.zst")
    bench.run("bundle", "import", bench.make(ARCHIVES.format(arch="[amd64]", source="haul.tar.zst")))
    found = {name: (each["digest"], each["annotations"]["vnd.slipway.kind"]) for name, each in bench.names().items()}
    assert found == {
        "docker.io/rancher/cowsay:latest": (image["digest"], "container"),
        "docker.io/rancher/cowsay:" + image["digest"].replace(":", "-") + ".sig": (signature["digest"], "container"),
        "hauler/notes.txt:latest": (file["digest"], "file")}


@pytest.mark.parametrize("spoil, said", [
    (lambda folder: next((folder / "blobs/sha256").glob("*")).unlink(), "there is no blob"),
    (lambda folder: next((folder / "blobs/sha256").glob("*")).write_bytes(b"x"), "SW-"),
    (lambda folder: (folder / "index.json").unlink(), "neither index.json")])
def test_a_damaged_layout_is_refused(bench, spoil, said):
    layout = Layout(bench.folder / "layout")
    layout.name(layout.image("amd64"), org_opencontainers_image_ref_name="registry.example/app:1")
    spoil(layout.folder)
    bench.write("recipe.yaml", ARCHIVES.format(arch="[amd64]", source="layout"))
    for source in ("layout", "packed.tar.zst"):
        bench.write("recipe.yaml", ARCHIVES.format(arch="[amd64]", source=source))
        if source != "layout":
            packed(bench, layout.folder, source)
        failed = subprocess.run([SLIPWAY, "bundle", "create", "recipe.yaml", "-o", "x", "--key", "site.key"],
                                cwd=bench.folder, capture_output=True, text=True, check=False, timeout=300)
        assert failed.returncode != 0 and said in failed.stderr, failed.stderr
        assert not (bench.folder / "x").exists()


def test_what_is_big_is_told(bench):
    save_write(bench.folder / "saved.tar", {"one:1": "amd64", "two:1": "amd64"})
    bench.write("recipe.yaml", ARCHIVES.format(arch="[amd64]", source="saved.tar") + "files: [{name: f, source: saved.tar}]\n")
    made = json.loads(bench.run("bundle", "create", "recipe.yaml", "-o", "x", "--key", "site.key", "--output", "json").stdout)
    summary = made["summary"]
    assert [each["name"] for each in summary["largest"]][0] == "f" and len(summary["largest"]) == 3
    assert {each["kind"]: each["entries"] for each in summary["kinds"]} == {"container": 2, "file": 1}
    assert sum(each["bytes"] for each in summary["kinds"]) == made["bytes"] and summary["shared_bytes"] > 0
