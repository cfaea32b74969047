# SPDX-License-Identifier: Apache-2.0
"""Children that end or hang come back, and the leases are still there."""
import os
import signal

import pytest


@pytest.mark.parametrize("name", ["dnsmasq", "in.tftpd"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM])
def test_a_child_comes_back(served, client, name, how):
    lease = client.lease()
    old = served.pid(name)
    os.kill(old, how)
    served.back(name, old)
    assert client.lease().yiaddr == lease.yiaddr


def test_children_killed_again_and_again_come_back(served):
    for _ in range(5):
        for name in ("dnsmasq", "in.tftpd"):
            old = served.pid(name)
            os.kill(old, signal.SIGKILL)
            served.back(name, old)
    assert served.status()["services"][0]["restarts"] >= 5
