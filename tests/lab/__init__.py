# SPDX-License-Identifier: Apache-2.0
"""The lab: machines, networks and clusters that the tests, the demo and the benchmarks stand on."""
