# SPDX-License-Identifier: Apache-2.0
"""An image of as many bytes as are asked for, of real layers: programs and libraries, packed with zstd."""
import hashlib
import json
import subprocess
import tarfile

from bench.measure import run
from lab.images import OS_IMAGE, node_image
from lab.kubernetes import kubernetes_bin

PIECE_MB = 256  # of each layer before it is packed
STEP_MB = 61    # between the starts of two layers' pieces, so that no two layers are the same
TAG = "registry.example/layers:1"
TYPE = "application/vnd.oci.image."


def _tree_pack(folder):
    """What layers are cut out of: the OS image's file system, then Kubernetes' programs."""
    layout = node_image()
    index = json.loads((layout / "index.json").read_text())
    digest = next(each["digest"] for each in index["manifests"]
                  if each["annotations"]["org.opencontainers.image.ref.name"] == OS_IMAGE)
    layers = json.loads((layout / f"blobs/sha256/{digest[7:]}").read_text())["layers"]
    path = folder / "tree"
    with open(path, "wb") as out:
        for each in layers:
            subprocess.run(["zstd", "-dc", layout / f"blobs/sha256/{each['digest'][7:]}"], stdout=out, check=True)
        for program in sorted(kubernetes_bin().iterdir()):
            out.write(program.read_bytes())
    return path


class Layout:
    """An OCI layout, filled layer by layer."""

    def __init__(self, folder):
        self.folder = folder
        self.blobs = folder / "blobs/sha256"
        self.blobs.mkdir(parents=True)

    def add(self, path, kind):
        """Take a file in as a blob; its descriptor."""
        digest = run(["sha256sum", path]).split()[0].decode()
        size = path.stat().st_size
        path.rename(self.blobs / digest)
        return {"mediaType": TYPE + kind, "digest": f"sha256:{digest}", "size": size}

    def add_json(self, value, kind):
        """The same for a value."""
        path = self.folder / "new"
        path.write_text(json.dumps(value))
        return self.add(path, kind)


def _layer(layout, tree, number):
    """A layer with one file in it; its descriptor and diff_id."""
    plain, packed = layout.folder / "plain", layout.folder / "packed"
    size = tree.stat().st_size
    member = tarfile.TarInfo(f"usr/lib/part-{number}")
    with open(tree, "rb") as file:
        file.seek(number * (STEP_MB << 20) % (size - 1))
        data = file.read(PIECE_MB << 20)
        file.seek(0)
        data += file.read((PIECE_MB << 20) - len(data))
    member.size = len(data)
    header = member.tobuf()
    tail = bytes(-len(data) % 512 + 1024)
    with open(plain, "wb") as out:
        for piece in (header, data, tail):
            out.write(piece)
    digest = hashlib.sha256(header + data + tail).hexdigest()
    run(["zstd", "-q", "-1", "-T2", "-f", plain, "-o", packed])
    plain.unlink()
    return layout.add(packed, "layer.v1.tar+zstd"), f"sha256:{digest}"


def layers_make(folder, size):
    """A layout in a new FOLDER with an image of about SIZE bytes, and the recipe's source for it."""
    folder.mkdir()
    tree = _tree_pack(folder)
    layout = Layout(folder / "layout")
    layers, diff_ids = [], []
    while sum(each["size"] for each in layers) < size:
        layer, diff_id = _layer(layout, tree, len(layers))
        layers.append(layer)
        diff_ids.append(diff_id)
    config = layout.add_json({"architecture": "amd64", "os": "linux", "config": {},
                              "rootfs": {"type": "layers", "diff_ids": diff_ids}}, "config.v1+json")
    manifest = layout.add_json({"schemaVersion": 2, "mediaType": TYPE + "manifest.v1+json", "config": config,
                                "layers": layers}, "manifest.v1+json")
    manifest["annotations"] = {"org.opencontainers.image.ref.name": TAG}
    (layout.folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (layout.folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
    tree.unlink()
    return layout.folder, f"oci:{layout.folder}:{TAG}"
