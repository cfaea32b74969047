# SPDX-License-Identifier: Apache-2.0
"""Where the tests of DHCP and TFTP find things, and the addresses they use."""
import os
import pathlib

TREE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SLIPWAY_BUILD", TREE / "build")).resolve()
MAC = "52:54:00:12:34:56"
RANGE = ("10.77.0.100", "10.77.0.199")
