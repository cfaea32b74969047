# SPDX-License-Identifier: Apache-2.0
"""A whole site: network, control plane, appliance with an imported bundle, and machines that join.

The demo shows one; the end-to-end tests share one for a session.
"""
import contextlib
import pathlib
import time

from lab.appliance import TREE, Appliance
from lab.cache import step
from lab.controlplane import ControlPlane
from lab.images import APP, bundle_make, node_image
from lab.kubernetes import kubernetes_bin
from lab.machine import Machine
from lab.netns import Network
from lab.process import poll_until

RBAC = TREE / "provisioner/daemon/kubernetes-rbac.yaml"
PROFILE = pathlib.Path(__file__).resolve().parent / "recipes/worker.yaml"


def rows(record, stage):
    """The times that a machine's timeline says it was in one stage; notes beside it do not count."""
    return [row for row in record["timeline"] if row["stage"] == stage and row["status"] not in ("note", "alarm")]


class Site:
    """A site with its files in FOLDER, from __enter__ to __exit__."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self._stack = contextlib.ExitStack()
        self._machines = 0
        self.network = self.cluster = self.appliance = self.bundle = self.public_key = None

    def __enter__(self):
        try:
            self._build()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _build(self):
        kubernetes_bin()
        node_image()
        with step("bundle: OS image, pause and application, signed"):
            self.bundle, self.public_key = bundle_make(self.folder / "bundle")
        self.network = self._stack.enter_context(Network())
        with step("control plane: a real Kubernetes in a namespace of its own"):
            self.cluster = self._stack.enter_context(ControlPlane(self.network, self.folder / "cluster"))
        self.appliance = Appliance(self.network, self.folder / "appliance")
        self._stack.callback(self.appliance.close)
        with step("appliance: slipway up, bundle imported"):
            self.appliance.run("trust", "add", self.public_key)
            self.appliance.up("--bundle", self.bundle, deadline_s=300)
        with step("appliance: cluster prod, profile worker"):
            credential = self.cluster.credential(RBAC)
            self.appliance.run("cluster", "add", "prod", "--kubeconfig", credential)
            self.appliance.run("cluster", "check", "prod")
            self.appliance.run("profile", "apply", PROFILE)

    def route_out(self):
        """Whether anything in the lab could reach the internet; it must not."""
        done = self.network.run(["ip", "route", "get", "192.0.2.1"], check=False, capture_output=True)
        return done.returncode == 0

    def machine(self, **options):
        """A new machine, powered off; its power is cut when the site goes."""
        self._machines += 1
        machine = Machine(self.network, self.folder / f"machine{self._machines}", **options)
        self._stack.callback(machine.discard)
        return machine

    def window_open(self, count, profile="worker"):
        """Open an enrolment window for COUNT machines."""
        self.appliance.run("enrol", "open", "--count", count, "--for", "30m", "--profile", profile)

    def record(self, machine):
        """What the appliance knows of a machine; None while it is unknown."""
        return self.appliance.machine(machine.mac)

    def wait_for(self, machine, condition, deadline_s, what):
        """Wait until CONDITION(record) holds; the record. A machine that failed for good ends the wait."""
        def holds():
            record = self.record(machine)
            if record and record["state"] == "parked":
                raise AssertionError(f"{record['name']} is parked: {record['reason']}")
            return record if record and condition(record) else None
        try:
            return poll_until(holds, deadline_s, what, interval_s=0.5)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; the appliance says {self.record(machine)}; the console's last "
                               f"lines were:\n{machine.console.tail() if machine.console else ''}") from None

    def wait_state(self, machine, state, deadline_s):
        """Wait until the appliance calls the machine STATE."""
        return self.wait_for(machine, lambda record: record["state"] == state, deadline_s,
                             f"machine {machine.mac} is {state}")

    def wait_ready(self, machine, deadline_s=1200):
        """Wait until it is Ready, for Slipway and for Kubernetes; (name, seconds since power-on)."""
        record = self.wait_state(machine, "ready", deadline_s)
        seconds = time.monotonic() - machine.powered_on_at
        if not self.cluster.node_ready(record["name"]):
            raise AssertionError(f"{record['name']} is ready for Slipway and not for Kubernetes")
        return record["name"], seconds

    def pod_run(self, node, image=APP, deadline_s=600):
        """Run a Pod on NODE with an image that only the bundle holds; what it printed."""
        name = f"app-{node}"
        self.cluster.apply({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
            "spec": {"nodeSelector": {"kubernetes.io/hostname": node}, "terminationGracePeriodSeconds": 1,
                     "containers": [{"name": "app", "image": image}]}})
        poll_until(lambda: self.cluster.get("pod", name)["status"].get("phase") == "Running", deadline_s,
                   f"pod {name} is running", interval_s=0.5)
        return poll_until(lambda: self.cluster.kubectl("logs", name, check=False), 300, f"pod {name} says a line")
