# SPDX-License-Identifier: Apache-2.0
"""A store with one OS image and one container image, written the way the OCI image layout says."""
import hashlib
import json

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def put(folder, content):
    """Write a blob; its digest."""
    digest = hashlib.sha256(content).hexdigest()
    (folder / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
    (folder / "blobs" / "sha256" / digest).write_bytes(content)
    return "sha256:" + digest


def image(folder, layer):
    """Write an image of one layer; its descriptor."""
    config = put(folder, b'{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["'
                 + b"sha256:" + hashlib.sha256(layer).hexdigest().encode() + b'"]}}')
    text = json.dumps({
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config,
                   "size": (folder / "blobs" / "sha256" / config[7:]).stat().st_size},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": put(folder, layer),
                    "size": len(layer)}]}).encode()
    return {"mediaType": MANIFEST, "digest": put(folder, text), "size": len(text)}


def make(folder, layer=b"\0" * 10240):
    """The store; the digest of its layer."""
    entries = []
    for name, kind in (("os/debian", "rootfs"), ("docker.io/library/app:1", "container")):
        entry = image(folder, layer)
        entry["annotations"] = {"org.opencontainers.image.ref.name": name, "vnd.slipway.kind": kind}
        entries.append(entry)
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": entries}))
    return "sha256:" + hashlib.sha256(layer).hexdigest()
