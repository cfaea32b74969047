#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The demo: a blank machine is powered on and becomes a Ready Kubernetes node, and nobody touches it.

Everything happens in network namespaces without a route out, with the programs of this tree. What it makes it
removes again, after Ctrl-C too.
"""
import argparse
import os
import pathlib
import signal
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path[0] = str(pathlib.Path(__file__).resolve().parents[1])

from lab.cache import step  # pylint: disable=wrong-import-position
from lab.site import Site  # pylint: disable=wrong-import-position


def say(text):
    """A line of the demo's own."""
    print(text, flush=True)


def power_on(site, args):
    """The operator's one act and the power buttons; the machines."""
    site.window_open(args.machines)
    say(f"\nA window is open for {args.machines} machine(s), for 30 minutes. Powering on:\n")
    machines = [site.machine(firmware=args.firmware, boot="disk", memory_mb=2048) for _ in range(args.machines)]
    for machine in machines:
        machine.power_on()
    return machines


def prove(site, names):
    """Run a Pod on each node and show what it said, and what Kubernetes says of the nodes."""
    for name in names:
        with step(f"{name}: a Pod whose image only the bundle holds"):
            say(f"  {name}: {site.pod_run(name)}")
    say("\n" + site.cluster.kubectl("get", "nodes,pods", "-o", "wide") + "\n")


def demo(args, folder):
    """The whole demo; what it leaves is removed by the caller."""
    with Site(folder) as site:
        if site.route_out():
            raise RuntimeError("the lab's namespace has a route out; the demo must not")
        watch = site.appliance.start("machine", "watch", echo=lambda text: print(text, end="", flush=True),
                                     log="watch.log")
        machines = power_on(site, args)
        ready = dict(site.wait_ready(machine, args.deadline) for machine in machines)
        watch.stop()
        prove(site, sorted(ready))
        for name, seconds in sorted(ready.items()):
            say(f"{name} is Ready in prod: {seconds:.0f} s after power-on, 0 touches")


def main():
    """Read the command line, and turn whatever ends the demo into one line and an exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--machines", type=int, default=1)
    parser.add_argument("--firmware", choices=("uefi", "bios"), default="uefi")
    parser.add_argument("--deadline", type=int, default=1200, help="seconds until a machine must be Ready")
    args = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("The demo needs root: it makes network namespaces and taps. Run 'sudo make demo'.")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="slipway-demo-", dir="/var/tmp") as folder:
        try:
            demo(args, pathlib.Path(folder))
        except KeyboardInterrupt:
            sys.exit("\nInterrupted; everything was removed.")
        except (AssertionError, EOFError, RuntimeError, TimeoutError) as error:
            sys.exit(f"\nThe demo failed: {error}")


if __name__ == "__main__":
    main()
