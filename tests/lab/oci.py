# SPDX-License-Identifier: Apache-2.0
"""OCI image layouts made by hand: one layer, one configuration, one manifest, the same bytes every time."""
import gzip
import hashlib
import io
import json
import tarfile


def _layer(files):
    """A tar of FILES, {path: bytes}; all are programs of root's."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(files):
            member = tarfile.TarInfo(path)
            member.size, member.mode, member.mtime = len(files[path]), 0o755, 0
            tar.addfile(member, io.BytesIO(files[path]))
    return buffer.getvalue()


def _json(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _descriptor(blobs, media_type, data):
    """Keep DATA as a blob and describe it."""
    digest = hashlib.sha256(data).hexdigest()
    (blobs / digest).write_bytes(data)
    return {"mediaType": f"application/vnd.oci.image.{media_type}", "digest": f"sha256:{digest}",
            "size": len(data)}


def layout_write(folder, tag, files, entrypoint):
    """Make FOLDER an OCI layout with one image TAG that holds FILES and starts ENTRYPOINT."""
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)
    tar = _layer(files)
    layer = _descriptor(blobs, "layer.v1.tar+gzip", gzip.compress(tar, mtime=0))
    config = _descriptor(blobs, "config.v1+json", _json({
        "architecture": "amd64", "os": "linux", "config": {"Entrypoint": entrypoint},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(tar).hexdigest()}"]}}))
    manifest = _descriptor(blobs, "manifest.v1+json", _json({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": config, "layers": [layer]}))
    manifest["annotations"] = {"org.opencontainers.image.ref.name": tag}
    (folder / "oci-layout").write_bytes(_json({"imageLayoutVersion": "1.0.0"}))
    (folder / "index.json").write_bytes(_json({"schemaVersion": 2, "manifests": [manifest]}))
