# SPDX-License-Identifier: Apache-2.0
"""A daemon for each test, with a store and a profile."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import slipwayd as peers  # noqa: E402
import store  # noqa: E402

PROFILE = {"image": "os/debian", "hostname": "r{n}"}


@pytest.fixture
def folder(tmp_path):
    """A state folder with a store in it."""
    (tmp_path / "state" / "store").mkdir(parents=True)
    store.make(tmp_path / "state" / "store")
    return tmp_path


@pytest.fixture
def daemon(folder):
    """A daemon that has the profile 'worker'; it must end cleanly."""
    one = peers.Slipwayd(folder).start()
    status, answer = one.api("PUT", "/profiles/worker", PROFILE)
    assert status == 200, answer
    yield one
    assert one.stop() == 0


@pytest.fixture(scope="session")
def strict(tmp_path_factory):
    """One daemon for tests in which nothing but refusals comes back, so that it is as it was for the next."""
    folder = tmp_path_factory.mktemp("strict")
    (folder / "state" / "store").mkdir(parents=True)
    store.make(folder / "state" / "store")
    one = peers.Slipwayd(folder).start()
    yield one
    assert one.stop() == 0


@pytest.fixture
def agent(daemon):
    """Makes agents: agent("52:54:00:00:00:01", serial=..., disks=...)."""
    return lambda mac, **machine: peers.Agent(daemon, mac, **machine)
