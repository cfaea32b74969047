# SPDX-License-Identifier: Apache-2.0
"""containerd, podman and skopeo pull by the very texts that `slipway registry` prints."""
import os
import subprocess

import pytest

from lab.containerd import containerd
from slipwayd import BUILD

DEADLINE_S = 120
APP, DOCKER = "registry.example/library/app:1.0", "registry.example/library/docker:1"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="container engines need root")


def run(*argv, **environment):
    """Run a client to its end; what it printed."""
    done = subprocess.run([str(part) for part in argv], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, timeout=DEADLINE_S, env={**os.environ, **environment})
    assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture
def printed(daemon):
    """printed("hosts.toml"): what the command prints, asking the daemon for its address."""
    return lambda name, *hosts: run(BUILD / "slipway", "registry", name, *hosts, "--state-dir", daemon.state,
                                    "--run-dir", daemon.run_dir)


def test_containerd(printed, contents, tmp_path):
    certs = tmp_path / "certs.d"
    (certs / "_default").mkdir(parents=True)
    (certs / "_default/hosts.toml").write_text(printed("hosts.toml"))
    with containerd(tmp_path / "containerd") as ctr:
        for name, descriptor in ((APP, contents.image), (DOCKER, contents.docker),
                                 ("registry.example/library/app:multi", contents.oci_index)):
            run(*ctr, "images", "pull", "--snapshotter", "native", "--hosts-dir", certs, name)
            assert f"{name} {descriptor['mediaType']} {descriptor['digest']}" in \
                " ".join(run(*ctr, "images", "ls").split())


def test_podman(printed, contents, tmp_path):
    (tmp_path / "registries.conf").write_text(printed("registries.conf"))
    podman = ["podman", "--root", tmp_path / "root", "--runroot", tmp_path / "run", "--tmpdir", tmp_path / "tmp",
              "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--events-backend", "file"]
    for name, descriptor in ((APP, contents.image), (DOCKER, contents.docker)):
        run(*podman, "pull", "-q", name, CONTAINERS_REGISTRIES_CONF=str(tmp_path / "registries.conf"))
        assert run(*podman, "image", "inspect", "--format", "{{.Digest}}", name).strip() == descriptor["digest"]


def test_skopeo(printed, contents, daemon, tmp_path):
    conf = tmp_path / "registries.conf"
    conf.write_text(printed("registries.conf"))
    skopeo = ["skopeo", "--insecure-policy", "--registries-conf", conf]
    assert run(*skopeo, "inspect", "--raw", f"docker://{APP}").encode() == contents.blob(contents.image["digest"])
    for source in (f"docker://{APP}", f"docker://127.0.0.1:{daemon.http_port}/library/docker:list"):
        run(*skopeo, "copy", "-q", "--all", "--preserve-digests", source, f"dir:{tmp_path}/copy")
    assert (tmp_path / "copy/manifest.json").read_bytes() == contents.blob(contents.docker_list["digest"])
    listed = run(*skopeo, "list-tags", f"docker://127.0.0.1:{daemon.http_port}/library/docker")
    assert '"list"' in listed


def test_k3s_is_told_every_host(printed):
    text = printed("registries.yaml", "quay.example")
    for host in ("*", "quay.example", "registry.example", "other.example"):
        assert f'  "{host}":\n    endpoint:\n      - "http://127.0.0.1' in text


def test_addresses_that_break_out_are_refused(tmp_path):
    for word in ('1.2.3.4"', "a b", "a\nb", ""):
        done = subprocess.run([BUILD / "slipway", "registry", "hosts.toml", "--host", word, "--state-dir", tmp_path],
                              capture_output=True, check=False, timeout=DEADLINE_S)
        assert done.returncode == 2 and not done.stdout
