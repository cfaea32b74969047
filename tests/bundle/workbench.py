# SPDX-License-Identifier: Apache-2.0
"""The command under test on a folder of its own, and small images to make bundles of."""
import hashlib
import io
import json
import os
import pathlib
import subprocess
import tarfile

TREE = pathlib.Path(__file__).resolve().parents[2]
SLIPWAY = pathlib.Path(os.environ.get("SLIPWAY", TREE / "build/slipway"))
NAME = "org.opencontainers.image.ref.name"


class Bench:
    """A folder with a key, where bundles are made and taken in."""

    def __init__(self, folder):
        self.folder = folder
        self.state = folder / "state"
        self.run("bundle", "keygen", "--no-password", "-o", "site")
        self.run("trust", "add", "site.pub")

    def command(self, *args):
        """The argv of a slipway command on this folder's state."""
        return [SLIPWAY, *map(str, args), "--state-dir", self.state]

    def run(self, *args, code=0, **options):
        """A slipway command in the folder, which must end with CODE."""
        done = subprocess.run(self.command(*args), cwd=self.folder, text=True,
                              capture_output=True, check=False, timeout=300, **options)
        assert done.returncode == code, f"{args}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def write(self, name, content):
        """A file of the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def make(self, recipe, name="x.bundle", *options):
        """The bundle of a recipe's text."""
        self.write("recipe.yaml", recipe)
        self.run("bundle", "create", "recipe.yaml", "-o", name, "--key", "site.key", *options)
        return self.folder / name

    def index(self):
        """The descriptors of the store's index."""
        return json.loads((self.state / "store/index.json").read_text())["manifests"]

    def names(self):
        """What the store's index refers to; every one of them is whole."""
        for each in self.index():
            self.check(each)
        return {each["annotations"][NAME]: each for each in self.index() if NAME in each["annotations"]}

    def blob(self, digest):
        """A blob of the store, checked against its digest."""
        data = (self.state / "store/blobs/sha256" / digest.removeprefix("sha256:")).read_bytes()
        assert "sha256:" + hashlib.sha256(data).hexdigest() == digest
        return data

    def check(self, descriptor):
        """A manifest of the store with all that it names."""
        manifest = json.loads(self.blob(descriptor["digest"]))
        for each in [manifest["config"], *manifest["layers"]]:
            assert len(self.blob(each["digest"])) == each["size"]
        return manifest


def tar_of(files):
    """A tar archive of {name: content}."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def docker_archive(tag, files):
    """What `docker save` writes, with one layer."""
    layer = tar_of(files)
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {
        "type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]}}).encode()
    name = hashlib.sha256(config).hexdigest() + ".json"
    listing = json.dumps([{"Config": name, "RepoTags": [tag], "Layers": ["0/layer.tar"]}]).encode()
    return tar_of({name: config, "0/layer.tar": layer, "manifest.json": listing})
