# SPDX-License-Identifier: Apache-2.0
"""A daemon for the whole folder, with a store of every kind of document, and one connection that is kept alive."""
import dataclasses
import http.client
import json
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "daemon"))
from slipwayd import DEADLINE_S, Slipwayd  # noqa: E402
from contents import Contents  # noqa: E402


@dataclasses.dataclass
class Answer:
    """An answer, with its headers' names in lower case."""
    status: int
    headers: dict
    body: bytes

    def json(self):
        """The body as JSON."""
        return json.loads(self.body)

    def code(self):
        """The code of the specification's error body."""
        return self.json()["errors"][0]["code"]


class Client:
    """One connection. It is never opened again, so every answer must leave it usable."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
        self.connection.connect()
        self.connection.auto_open = 0

    def __call__(self, method, path, **headers):
        self.connection.request(method, path, headers={name.replace("_", "-"): value
                                                       for name, value in headers.items()})
        answer = self.connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())


@pytest.fixture(scope="session")
def contents(tmp_path_factory):
    """The store."""
    return Contents(tmp_path_factory.mktemp("registry"))


@pytest.fixture(scope="session")
def daemon(contents):
    """The daemon; it must end cleanly."""
    one = Slipwayd(contents.folder).start()
    yield one
    assert one.stop() == 0


@pytest.fixture
def ask(daemon):
    """ask("GET", "/v2/", Header="value")"""
    client = Client(daemon.http_port)
    yield client
    client.connection.close()
