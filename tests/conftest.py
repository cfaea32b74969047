# SPDX-License-Identifier: Apache-2.0
"""What every pytest of the tree shares: the lab is importable, and nothing is left running."""
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
