# SPDX-License-Identifier: Apache-2.0
"""The registry and the store as other programs see them."""
import hashlib
import json
import subprocess

from lab.images import APP
from lab.netns import APPLIANCE


def curl(site, *args, namespace=None):
    """curl in the site's network; what it printed, as bytes."""
    return site.network.run(["curl", "-sS", *args], namespace=namespace or site.network.site,
                            capture_output=True, text=False).stdout


def test_skopeo_copies_from_the_registry(site, tmp_path):
    site.network.run(["skopeo", "--insecure-policy", "copy", "-q", "--src-tls-verify=false",
                      f"docker://{APPLIANCE}/library/app:1.0", f"oci:{tmp_path}:app"])
    assert len(json.loads((tmp_path / "index.json").read_text())["manifests"]) == 1


def test_skopeo_copies_from_the_store(site, tmp_path):
    store = site.appliance.state / "store"
    subprocess.run(["skopeo", "--insecure-policy", "copy", "-q", f"oci:{store}:{APP}", f"oci:{tmp_path}:app"],
                   check=True)


def test_blob_by_range_is_the_blob(site):
    base = f"http://{APPLIANCE}/v2/library/app"
    manifest = json.loads(curl(site, f"{base}/manifests/1.0"))
    layer = manifest["layers"][0]
    url = f"{base}/blobs/{layer['digest']}"
    middle = layer["size"] // 2
    data = curl(site, "-r", f"0-{middle - 1}", url) + curl(site, "-r", f"{middle}-", url)
    assert f"sha256:{hashlib.sha256(data).hexdigest()}" == layer["digest"]


def test_push_is_refused(site):
    status = curl(site, "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST",
                  f"http://{APPLIANCE}/v2/library/app/blobs/uploads/")
    assert status == b"405"
