# SPDX-License-Identifier: Apache-2.0
"""What OS images are made of, and what two bundles differ in."""
import json

from test_archives import Layout
from workbench import tar_of

PACKAGE = "Package: {}\nStatus: install ok installed\nMaintainer: Some One <one@example.org>\nArchitecture: amd64\nVersion: {}\n\n"
RELEASE = b'PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\nVERSION_ID="12"\n'
RECIPE = "name: a\nversion: {}\nimages: [{{name: 'os/x:1', rootfs_tar: root.tar}}]\nfiles: [{{name: {}, source: root.tar}}]\n"


def tree(**packages):
    status = "".join(PACKAGE.format(*each) for each in packages.items())
    return {"var/lib/dpkg/status": status.encode() + b"Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n",
            "etc/os-release": RELEASE}


def test_an_os_image_has_an_sbom(bench):
    bench.write("root.tar", tar_of(tree(libc6="2.36-9+deb12u10", zlib1g="1:1.2.13.dfsg-1")))
    bundle = bench.make(RECIPE.format(1, "f"))
    sbom = json.loads(bench.run("bundle", "inspect", "--sbom", bundle).stdout)
    assert (sbom["spdxVersion"], sbom["name"], sbom["creationInfo"]["created"]) == ("SPDX-2.3", "os/x:1", "1970-01-01T00:00:00Z")
    found = {each["name"]: each for each in sbom["packages"]}
    assert sorted(found) == ["libc6", "os/x:1", "zlib1g"]
    assert found["zlib1g"]["externalRefs"][0]["referenceLocator"] == (
        "pkg:deb/debian/zlib1g@1%3A1.2.13.dfsg-1?arch=amd64&distro=debian-12")
    assert found["libc6"]["supplier"] == "Organization: Some One (one@example.org)"
    assert {each["relatedSpdxElement"] for each in sbom["relationships"]} == {each["SPDXID"] for each in sbom["packages"]}
    bench.run("bundle", "import", bundle)
    names = bench.names()
    image = names["os/x:1"]["digest"]
    manifest = bench.check(names["os/x:" + image.replace(":", "-") + ".sbom"])
    assert (manifest["subject"]["digest"], manifest["artifactType"]) == (image, "application/spdx+json")
    assert json.loads(bench.blob(manifest["layers"][0]["digest"])) == sbom
    assert bench.make(RECIPE.format(1, "f"), "again").read_bytes() == bundle.read_bytes()


def test_the_layers_of_a_container_are_read(bench):
    layout = Layout(bench.folder / "layout")
    kind = "application/vnd.oci.image."
    config = layout.put({"architecture": "amd64", "os": "linux"}, kind + "config.v1+json")
    layers = [layout.put(tar_of(tree(**each)), kind + "layer.v1.tar") for each in ({"a": "1"}, {"a": "2", "b": "1"})]
    layout.name(layout.put({"schemaVersion": 2, "config": config, "layers": layers}, kind + "manifest.v1+json"),
                org_opencontainers_image_ref_name="1")
    bundle = bench.make("name: a\nversion: 1\nimages: [{name: os/x, container: 'oci:layout:1'}]\n")
    sbom = json.loads(bench.run("bundle", "inspect", "--sbom", "--image", "os/x", bundle).stdout)
    assert {each["name"]: each["versionInfo"] for each in sbom["packages"][1:]} == {"a": "2", "b": "1"}
    bench.run("bundle", "inspect", "--sbom", "--image", "os/y", bundle, code=3)


def test_two_bundles_are_compared(bench):
    bench.write("root.tar", tar_of(tree(a="1", b="1", c="1")))
    old = bench.make(RECIPE.format(1, "old.txt"), "old")
    bench.write("root.tar", tar_of(tree(a="1", b="2", d="1")))
    new = bench.make(RECIPE.format(2, "new.txt"), "new")
    delta = bench.make(RECIPE.format(2, "new.txt"), "delta", "--since", old)
    found = json.loads(bench.run("bundle", "diff", old, new, "-o", "json").stdout)
    assert [each["name"] for each in found["names"]["added"]] == ["new.txt"]
    assert [each["name"] for each in found["names"]["removed"]] == ["old.txt"]
    assert [each["name"] for each in found["names"]["changed"]] == ["os/x:1"]
    assert found["packages"] == [{"image": "os/x:1", "added": [{"name": "d", "to": "1"}],
                                  "removed": [{"name": "c", "from": "1"}],
                                  "changed": [{"name": "b", "from": "1", "to": "2"}]}]
    shown = json.loads(bench.run("bundle", "inspect", delta, "-o", "json").stdout)
    assert (found["needed_blobs"], found["needed_bytes"]) == (shown["carried_blobs"], shown["carried_bytes"])
    assert json.loads(bench.run("bundle", "diff", old, delta, "-o", "json").stdout) == found
    said = bench.run("bundle", "diff", old, new).stdout
    assert "  ~ b 1 -> 2\n" in said and "  + new.txt\n" in said
    assert json.loads(bench.run("bundle", "diff", new, new, "-o", "json").stdout)["needed_blobs"] == 0
