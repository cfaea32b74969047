# SPDX-License-Identifier: Apache-2.0
"""Kubernetes programs for the lab: those given in KUBERNETES_BIN, or built once from Debian's source.

Debian 12's source package is the whole of upstream's v1.20.2 with its vendor folder; Debian 11's Go 1.15 is
the series that upstream built it with. Ten minutes on two cores, then kept in the cache.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

from lab.cache import cache_entry, step
from lab.mirror import PrivateApt, mirror_uri

VERSION = "1.20.2"
PROGRAMS = ("kubeadm", "kubectl", "kubelet", "kube-apiserver", "kube-controller-manager", "kube-scheduler")


def _go(work, apt):
    """Unpack Go 1.15 below WORK and give its root."""
    apt.run("download", "golang-1.15-go", "golang-1.15-src", cwd=work)
    for package in work.glob("golang-*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, work / "go-root"], check=True)
    return work / "go-root/usr/lib/go-1.15"


def _source(work, apt):
    """Unpack the source below WORK, and give a path to it that lies in a GOPATH."""
    apt.run("source", "--download-only", "kubernetes", cwd=work)
    description = next(work.glob("kubernetes_*.dsc"))
    subprocess.run(["dpkg-source", "-x", "--no-check", "--skip-patches", description, work / "tree"],
                   check=True, stdout=subprocess.DEVNULL)
    link = work / "gopath/src/k8s.io/kubernetes"
    link.parent.mkdir(parents=True)
    link.symlink_to(work / "tree")
    (work / "version").write_text(
        "KUBE_GIT_COMMIT=debian\nKUBE_GIT_TREE_STATE=clean\n"
        f"KUBE_GIT_VERSION=v{VERSION}\nKUBE_GIT_MAJOR=1\nKUBE_GIT_MINOR=20\n")
    return link


def _make(work, go_root, source):
    """Run upstream's own build; a plain `go build` would miss the generated code."""
    environment = {
        "PATH": f"{go_root}/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(work), "GOROOT": str(go_root),
        "GOPATH": str(work / "gopath"), "GOCACHE": str(work / "go-cache"), "PWD": str(source),
        "GOPROXY": "off", "GOFLAGS": "", "GOTOOLCHAIN": "local", "GO111MODULE": "off", "CGO_ENABLED": "0",
        "GOLDFLAGS": "-s -w", "KUBE_BUILD_PLATFORMS": "linux/amd64",
        "KUBE_GIT_VERSION_FILE": str(work / "version"),
    }
    what = " ".join(f"cmd/{program}" for program in PROGRAMS)
    with open(work / "log", "w", encoding="utf-8") as log:
        done = subprocess.run(["nice", "make", f"WHAT={what}"], cwd=source, env=environment, check=False,
                              stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
    if done.returncode:
        tail = "\n".join((work / "log").read_text(errors="replace").splitlines()[-30:])
        raise RuntimeError(f"building Kubernetes failed:\n{tail}")


def _build(folder):
    """Fill FOLDER with the programs; the 2.8 GB of source and output go away again."""
    work = folder / "work"
    work.mkdir()
    uri = mirror_uri()
    with step("Kubernetes: fetching source and compiler from Debian"):
        apt = PrivateApt(work / "apt", [("deb-src", uri, "bookworm"), ("deb", uri, "bullseye")])
        go_root, source = _go(work, apt), _source(work, apt)
    with step(f"Kubernetes: building {VERSION} (about 11 min on two cores, once)"):
        _make(work, go_root, source)
    output = work / "tree/_output/local/bin/linux/amd64"
    for program in PROGRAMS:
        shutil.move(output / program, folder / program)
    subprocess.run(["chmod", "-R", "u+w", work], check=True)
    shutil.rmtree(work)


def kubernetes_bin():
    """The folder that holds the programs; it may have to be filled first."""
    given = os.environ.get("KUBERNETES_BIN")
    if not given:
        return cache_entry(f"kubernetes-{VERSION}", _build)
    folder = pathlib.Path(given).resolve()
    missing = [program for program in PROGRAMS if not os.access(folder / program, os.X_OK)]
    if missing:
        raise RuntimeError(f"KUBERNETES_BIN={given} lacks {', '.join(missing)}")
    return folder


def kubernetes_version(folder):
    """The (major, minor) that the programs in FOLDER are of."""
    text = subprocess.run([folder / "kubelet", "--version"], check=True, capture_output=True, text=True).stdout
    return tuple(int(part) for part in re.search(r"v(\d+)\.(\d+)", text).groups())


if __name__ == "__main__":
    print(kubernetes_bin())
    sys.exit(0)
