# SPDX-License-Identifier: Apache-2.0
"""A folder with a key, and a small bundle in it."""
import pytest

from workbench import Bench


@pytest.fixture
def bench(tmp_path):
    """A folder of its own for each test."""
    return Bench(tmp_path)


@pytest.fixture
def small(bench):
    """A bundle of one plain file."""
    bench.write("notes.txt", "some notes\n")
    return bench.make("name: small\nversion: 2\nfiles: [{name: notes.txt, source: notes.txt}]\n")
