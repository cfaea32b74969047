# SPDX-License-Identifier: Apache-2.0
"""What the lab's bundles hold: the node's OS image, a pause image and one application image."""
import pathlib
import shutil
import subprocess

from lab.appliance import slipway_run
from lab.cache import cache_entry, digest_of, step
from lab.kubernetes import kubernetes_bin
from lab.oci import layout_write

HERE = pathlib.Path(__file__).resolve().parent
OS_IMAGE = "os/debian-12-node"
# An emulated timer is late on a busy machine, and a kernel that checks it then panics ("IO-APIC + timer doesn't work").
KERNEL_ARGS = '[no_timer_check, systemd.show_status=error, "console=tty0", "console=ttyS0,115200"]'
PAUSE = "docker.io/library/pause:1.0"
APP = "docker.io/library/app:1.0"


def _program(name, folder):
    """One static program; the compiler gives the same bytes for the same source."""
    path = folder / name
    subprocess.run(["gcc", "-std=gnu17", "-Os", "-Wall", "-static", "-s", "-Wl,--build-id=none",
                    "-o", path, HERE / f"programs/{name}.c"], check=True)
    return path.read_bytes()


def containers_make(folder):
    """Make the OCI layouts of the two containers in FOLDER; {image name: recipe source}."""
    sources = {}
    for name, image in (("pause", PAUSE), ("app", APP)):
        layout = folder / f"{name}-layout"
        layout_write(layout, "1.0", {name: _program(name, folder)}, [f"/{name}"])
        sources[image] = f"oci:{layout}:1.0"
    return sources


def _node_recipe():
    text = (HERE / "recipes/node.yaml").read_text()
    return text.replace("@BIN@", str(kubernetes_bin())).replace("@PAUSE@", PAUSE)


def _node_digest():
    """All that the node's OS image comes from, but for the mirror and the code that packs it: remove the
    entry where either must count."""
    return digest_of(_node_recipe(), kubernetes_bin() / "kubelet")


def _node_make(folder):
    """Make the OS image by the product's own recipe and keep its OCI layout."""
    recipe, bundle, key = folder / "node.yaml", folder / "node.bundle", folder / "key"
    recipe.write_text(_node_recipe())
    with step("OS image: Debian 12 with containerd and kubelet (2-4 min, once)"):
        slipway_run("bundle", "keygen", "--no-password", "-o", key)
        slipway_run("bundle", "create", recipe, "-o", bundle, "--key", f"{key}.key")
        subprocess.run(["tar", "-xf", bundle, "-C", folder], check=True)
    for path in (bundle, *folder.glob("key.*"), *folder.glob("slipway.json*")):
        path.unlink()


def node_image():
    """The OCI layout that holds the node's OS image under OS_IMAGE."""
    return cache_entry(f"node-{_node_digest()}", _node_make)


def bundle_recipe(folder, name="lab", version=1, os_image=True):
    """Write a recipe for the lab's bundle in FOLDER; its path."""
    folder.mkdir(parents=True, exist_ok=True)
    notes = folder / "notes.txt"
    notes.write_text("a plain file of the bundle\n")
    lines = [f"name: {name}", f"version: {version}"]
    if os_image:
        lines += ["images:", f"  - name: {OS_IMAGE}", "    kind: rootfs",
                  f"    container: oci:{node_image()}:{OS_IMAGE}", "    min_disk: 4G",
                  f"    kernel_args: {KERNEL_ARGS}"]
    lines += ["containers:"]
    for image, source in containers_make(folder).items():
        lines += [f"  - name: {image}", f"    from: {source}"]
    lines += ["files:", "  - name: notes.txt", f"    source: {notes}"]
    recipe = folder / f"{name}.yaml"
    recipe.write_text("\n".join(lines) + "\n")
    return recipe


def bundle_make(folder, name="lab", version=1, os_image=True):
    """Make and sign a bundle in FOLDER with a new key; the paths of the bundle and of the public key."""
    recipe = bundle_recipe(folder, name, version, os_image)
    bundle, key = folder / f"{name}-{version}.bundle", folder / "lab"
    if not key.with_suffix(".key").exists():
        slipway_run("bundle", "keygen", "--no-password", "-o", key)
    slipway_run("bundle", "create", recipe, "-o", bundle, "--key", key.with_suffix(".key"))
    for layout in folder.glob("*-layout"):
        shutil.rmtree(layout)
    return bundle, key.with_suffix(".pub")
