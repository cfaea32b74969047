# SPDX-License-Identifier: Apache-2.0
"""The driver alone, as a program, against a real API server or against one made for the test."""
import json
import os
import select
import subprocess
import time

import pytest

from lab.appliance import BUILD, TREE
from lab.controlplane import ControlPlane
from lab.netns import Network

RBAC = TREE / "provisioner/daemon/kubernetes-rbac.yaml"


@pytest.fixture(scope="session")
def driver_program():
    """tests/kubernetes/driver, built."""
    program = BUILD / "tests/kubernetes/driver"
    subprocess.run(["make", "-s", program.relative_to(TREE)], cwd=TREE, check=True, stdout=subprocess.DEVNULL)
    return program


class Driver:
    """Runs the driver with one kubeconfig; `prefix` puts it into a namespace."""

    def __init__(self, program, kubeconfig, prefix=()):
        self.argv = [*map(str, prefix), str(program), str(kubeconfig)]

    def run(self, *args, timeout=120):
        """The last line that the driver printed, as data."""
        done = subprocess.run([*self.argv, *map(str, args)], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=timeout, check=False)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        lines = [line for line in lines if "reachable" not in line]
        assert lines, f"the driver said nothing: exit {done.returncode}, {done.stderr}"
        assert done.returncode == ("error" in lines[-1]), done.stderr
        return lines[-1]

    def start(self, *args):
        """The driver in the background, ended by closing its stdin."""
        return Watching([*self.argv, *map(str, args)])


class Watching:
    """A driver that goes on telling."""

    def __init__(self, argv):
        # unbuffered, so that select() sees all that was not yet read
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    def next(self, wanted, deadline_s=60):
        """The next line for which WANTED(line) holds."""
        end = time.monotonic() + deadline_s
        while select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]:
            line = json.loads(self.process.stdout.readline() or "null")
            assert line is not None, "the driver ended"
            if wanted(line):
                return line
        raise AssertionError(f"nothing of the kind within {deadline_s} s")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        assert self.process.wait(20) == 0


@pytest.fixture(scope="session")
def network():
    """A network without machines."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    with Network() as built:
        yield built


@pytest.fixture(scope="session")
def cluster(network, tmp_path_factory):
    """A real control plane."""
    with ControlPlane(network, tmp_path_factory.mktemp("cluster")) as built:
        yield built


@pytest.fixture
def driver(driver_program, network, cluster):
    """The driver with the credential that the shipped manifest makes."""
    return Driver(driver_program, cluster.credential(RBAC), network.argv([]))


def csr_make(folder, organization="system:nodes", name="system:node:r1", options=()):
    """A key and a certificate request in FOLDER; their paths."""
    key, request = folder / "kubelet.key", folder / "kubelet.csr"
    subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", key, "-out", request, "-subj", f"/O={organization}/CN={name}", *options],
                   check=True, stderr=subprocess.DEVNULL)
    return key, request
