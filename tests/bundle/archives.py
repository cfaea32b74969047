# SPDX-License-Identifier: Apache-2.0
"""Archives and layouts of images as their writers make them."""
import gzip
import hashlib
import io
import json
import shutil
import subprocess
import tarfile

from workbench import tar_of


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def save(images, shared=b"shared" * 5000):
    """What `docker save` writes of {tag: architecture}: each image has a layer of its own and, by a link, a
    shared one."""
    files, listing = {"base/layer.tar": tar_of({"base": shared})}, []
    for number, (tag, architecture) in enumerate(images.items()):
        own = tar_of({"own": tag.encode()})
        config = json.dumps({"architecture": architecture, "os": "linux", "rootfs": {
            "type": "layers", "diff_ids": [sha256(files["base/layer.tar"]), sha256(own)]}}).encode()
        files |= {f"{number}/layer.tar": own, f"{number}.json": config}
        listing.append({"Config": f"{number}.json", "RepoTags": [tag],
                        "Layers": ["base/layer.tar" if number == 0 else f"{number}/base.tar", f"{number}/layer.tar"]})
    return files, listing


def save_write(path, images):
    files, listing = save(images)
    with tarfile.open(path, "w") as archive:
        for number in range(1, len(images)):
            link = tarfile.TarInfo(f"{number}/base.tar")
            link.type, link.linkname = tarfile.SYMTYPE, "../base/layer.tar"
            archive.addfile(link)
    # The links came first, as nothing says that they may not; the rest is put behind them.
    for name, content in (files | {"manifest.json": json.dumps(listing).encode()}).items():
        with tarfile.open(path, "a") as archive:
            with tarfile.open(fileobj=io.BytesIO(tar_of({name: content}))) as one:
                member = one.getmembers()[0]
                archive.addfile(member, one.extractfile(member))


class Layout:
    """An OCI layout, filled by hand."""

    def __init__(self, folder):
        self.folder, self.manifests = folder, []
        (folder / "blobs/sha256").mkdir(parents=True)
        (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')

    def put(self, data, kind, **more):
        data = data if isinstance(data, bytes) else json.dumps(data).encode()
        (self.folder / "blobs/sha256" / hashlib.sha256(data).hexdigest()).write_bytes(data)
        return {"mediaType": kind, "digest": sha256(data), "size": len(data), **more}

    def image(self, architecture, config_type="application/vnd.oci.image.config.v1+json"):
        layer = tar_of({"for": architecture.encode()})
        config = self.put({"architecture": architecture, "os": "linux", "rootfs": {
            "type": "layers", "diff_ids": [sha256(layer)]}}, config_type)
        kind = "application/vnd.oci.image.manifest.v1+json"
        return self.put({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": [
            self.put(gzip.compress(layer, mtime=0), "application/vnd.oci.image.layer.v1.tar+gzip")]}, kind,
            platform={"os": "linux", "architecture": architecture})

    def index(self, *architectures):
        kind = "application/vnd.oci.image.index.v1+json"
        return self.put({"schemaVersion": 2, "mediaType": kind, "manifests": [
            self.image(each) for each in architectures]}, kind)

    def name(self, descriptor, **notes):
        self.manifests.append({**descriptor, "annotations": {key.replace("_", "."): value for key, value in notes.items()}})
        (self.folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": self.manifests}))
        return descriptor


def packed(bench, folder, name):
    """An archive of a folder, as k3s and Hauler pack theirs."""
    subprocess.run(["tar", "-C", folder, "--zstd", "-cf", bench.folder / name, "."], check=True)
    shutil.rmtree(folder)
