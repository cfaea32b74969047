# SPDX-License-Identifier: Apache-2.0
"""End to end: the programs as a site runs them."""
