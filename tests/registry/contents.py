# SPDX-License-Identifier: Apache-2.0
"""A store as an OCI image layout: OCI and Docker documents, an index, tags, and referrers."""
import hashlib
import io
import json
import tarfile

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
SBOM, SIGNATURE = "application/spdx+json", "application/vnd.example.signature.v1"
TAGS = ["0.1", "1.0", "1.10", "latest", "v2"]
EMPTY = {"mediaType": "application/vnd.oci.empty.v1+json", "size": 2,
         "digest": "sha256:" + hashlib.sha256(b"{}").hexdigest()}


def digest_of(content):
    """sha256:..."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def layer(word):
    """A layer of one file that is large enough for ranges."""
    content = bytes(range(256)) * 300 + word.encode()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("etc/word")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


class Contents:
    """The store below FOLDER/state, and what a test has to know of it."""

    def __init__(self, folder):
        self.folder, self.entries = folder, []
        self.store = folder / "state/store"
        (self.store / "blobs/sha256").mkdir(parents=True)
        self.put(b"{}")
        self.image = self.manifest(OCI_MANIFEST, "oci")
        for tag in TAGS:
            self.name(self.image, f"registry.example/library/app:{tag}")
        self.docker = self.manifest(DOCKER_MANIFEST, "docker")
        self.name(self.docker, "registry.example/library/docker:1")
        self.docker_list = self.index(DOCKER_LIST, [self.docker])
        self.name(self.docker_list, "registry.example/library/docker:list")
        self.oci_index = self.index(OCI_INDEX, [self.image])
        self.name(self.oci_index, "registry.example/library/app:multi")
        self.sbom = self.referrer("sbom", artifactType=SBOM, annotations={"org.example.of": "app"})
        self.signature = self.referrer("signature", config={**EMPTY, "mediaType": SIGNATURE})
        self.name(self.manifest(OCI_MANIFEST, "os"), "os/debian")
        self.name(self.manifest(OCI_MANIFEST, "other"), "other.example/library/both:other")
        self.name(self.manifest(OCI_MANIFEST, "both"), "registry.example/library/both:1")
        (self.store / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        self.write()

    def write(self):
        """Put index.json in place."""
        new = self.store / "index.new"
        new.write_text(json.dumps({"schemaVersion": 2, "manifests": self.entries}))
        new.rename(self.store / "index.json")

    def put(self, content):
        """Write a blob; its digest."""
        digest = digest_of(content)
        (self.store / "blobs/sha256" / digest[7:]).write_bytes(content)
        return digest

    def blob(self, digest):
        """The bytes of a blob."""
        return (self.store / "blobs/sha256" / digest[7:]).read_bytes()

    def document(self, media_type, **fields):
        """Write a document, spaced as no program here would; its descriptor."""
        text = json.dumps({"schemaVersion": 2, "mediaType": media_type, **fields}, indent=3).encode()
        return {"mediaType": media_type, "digest": self.put(text), "size": len(text)}

    def manifest(self, media_type, word):
        """An image of one layer."""
        content = layer(word)
        config = json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {
            "type": "layers", "diff_ids": [digest_of(content)]}}).encode()
        oci = media_type == OCI_MANIFEST
        return self.document(media_type, config={
            "mediaType": "application/vnd.oci.image.config.v1+json" if oci
                         else "application/vnd.docker.container.image.v1+json",
            "digest": self.put(config), "size": len(config)}, layers=[{
                "mediaType": "application/vnd.oci.image.layer.v1.tar" if oci
                             else "application/vnd.docker.image.rootfs.diff.tar",
                "digest": self.put(content), "size": len(content)}])

    def index(self, media_type, items):
        """An index of manifests for amd64."""
        return self.document(media_type, manifests=[
            {**item, "platform": {"os": "linux", "architecture": "amd64"}} for item in items])

    def referrer(self, name, **fields):
        """An artifact that refers to the image, under a name."""
        made = self.document(OCI_MANIFEST, **{"config": EMPTY, "layers": [EMPTY], "subject": self.image, **fields})
        self.name(made, f"registry.example/library/app:{name}")
        return made

    def name(self, descriptor, name):
        """Name a document."""
        self.entries.append({**descriptor, "annotations": {"org.opencontainers.image.ref.name": name}})
