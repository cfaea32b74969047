# SPDX-License-Identifier: Apache-2.0
"""What `make install` puts where, and whether the packages ask for what the tree needs."""
import contextlib
import http.client
import pathlib
import re
import socket
import subprocess

import pytest

TREE = pathlib.Path(__file__).resolve().parents[2]

INSTALLED = """
bin/slipway
lib/systemd/system/slipwayd.service
sbin/slipwayd
share/doc/slipway/README.md
share/doc/slipway/decisions.md
share/doc/slipway/examples/node.yaml
share/doc/slipway/examples/worker.yaml
share/doc/slipway/guarantees.md
share/doc/slipway/machine-api.md
share/doc/slipway/openapi.yaml
share/doc/slipway/recipe.md
share/man/man1/slipway.1
share/man/man8/slipwayd.8
share/slipway/agent/initrd
share/slipway/agent/local.efi
share/slipway/agent/vmlinuz
share/slipway/kubernetes-rbac.yaml
"""


def make(*args):
    subprocess.run(["make", "-s", "-C", str(TREE), *map(str, args)], check=True)


def files(root):
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if not p.is_dir())


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A root to which everything was installed with prefix=/opt/slipway."""
    path = tmp_path_factory.mktemp("root")
    make("install", f"DESTDIR={path}", "prefix=/opt/slipway")
    return path


def test_everything_is_installed(root):
    got = files(root / "opt/slipway")
    wanted = set(INSTALLED.split())
    assert wanted <= set(got)
    assert all(name.startswith("share/doc/slipway/") for name in set(got) - wanted)
    assert files(root) == [f"opt/slipway/{name}" for name in got]


def test_installed_programs_tell_of_themselves(root):
    for program in ("bin/slipway", "sbin/slipwayd"):
        done = subprocess.run([root / "opt/slipway" / program, "--help"], capture_output=True, text=True, check=True)
        assert "sage: slipway" in done.stdout
    for page in ("man1/slipway.1", "man8/slipwayd.8"):
        assert (root / "opt/slipway/share/man" / page).read_text().startswith('.\\"')
    unit = (root / "opt/slipway/lib/systemd/system/slipwayd.service").read_text()
    assert "ExecStart=/opt/slipway/sbin/slipwayd $SLIPWAYD_OPTIONS\n" in unit and "@" not in unit.split("ExecStart")[0]


def free_ports(count):
    """TCP ports that nobody has now."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def test_an_installed_daemon_finds_its_data(root, tmp_path):
    """Nothing but its own place tells it where the agent's image is."""
    ports = free_ports(2)
    argv = [root / "opt/slipway/sbin/slipwayd", "--no-dhcp", "--address", "127.0.0.1", "--http-port", str(ports[0]),
            "--machine-port", str(ports[1]), "--state-dir", tmp_path / "state", "--run-dir", tmp_path / "run"]
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as daemon:
        try:
            assert daemon.stdout.readline().startswith("slipway is up on ")
            client = http.client.HTTPConnection("127.0.0.1", ports[0], timeout=60)
            client.request("GET", "/boot/local.efi")
            answer = client.getresponse()
            assert answer.status == 200
            assert answer.read() == (root / "opt/slipway/share/slipway/agent/local.efi").read_bytes()
            client.close()
        finally:
            daemon.terminate()
    assert daemon.returncode == 0


def test_uninstall_leaves_no_file(tmp_path):
    make("install", f"DESTDIR={tmp_path}", "prefix=/usr")
    make("uninstall", f"DESTDIR={tmp_path}", "prefix=/usr")
    assert files(tmp_path) == []


def words_of(text, name):
    """The packages in a list of deps.mk."""
    return set(re.search(rf"^{name} := \\\n((?:\t.*\n)+)", text, re.M).group(1).replace("\\", "").split())


def field_of(text, name):
    """The packages in a field of debian/control, without versions and variables."""
    value = re.search(rf"^{name}:((?:.*\n)(?: .*\n)*)", text, re.M).group(1)
    return {word.split()[0] for word in value.replace("\n", " ").split(",") if not word.strip().startswith("$")}


def test_packages_ask_for_what_the_tree_needs():
    deps, control = (TREE / "deps.mk").read_text(), (TREE / "debian/control").read_text()
    # gcc and make are there wherever Debian packages are built
    assert field_of(control, "Build-Depends") - {"debhelper-compat"} == words_of(deps, "DEPS_BUILD") - {"gcc", "make"}
    command, appliance = control.split("\nPackage: slipwayd\n")
    needed = field_of(command, "Recommends") | field_of(appliance, "Depends")
    assert needed - {"slipway"} == words_of(deps, "DEPS_RUN")


def test_packages_have_the_programs_version():
    version = re.search(r'SLIPWAY_VERSION "(.*)"', (TREE / "base/version.h").read_text()).group(1)
    assert (TREE / "debian/changelog").read_text().startswith(f"slipway ({version}) ")
