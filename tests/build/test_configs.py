# SPDX-License-Identifier: Apache-2.0
"""Every ready configuration builds from a clean tree, without a warning."""
import shutil
import subprocess

import pytest


def tree_files():
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True, text=True)
    return [path for path in listed.stdout.split("\0") if path]


@pytest.mark.parametrize("name", ["small", "all"])
def test_configuration_builds(name, tmp_path):
    for path in tree_files():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tmp_path / path)
    subprocess.run(["make", f"{name}_defconfig"], cwd=tmp_path, check=True)
    done = subprocess.run(["make", "-j2", "programs", "CFLAGS=-O2 -Werror"], cwd=tmp_path,
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "build/slipway").exists()
