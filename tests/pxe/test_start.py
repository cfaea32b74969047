# SPDX-License-Identifier: Apache-2.0
"""Begin and end: ports that are taken, interfaces that are not there, other DHCP servers, orphans."""
import os
import signal
import socket

import pytest

import dhcp_client as dhcp
from lab.process import poll_until
from places import RANGE


def test_killed_the_next_start_clears_up_and_term_leaves_no_child(services, client):
    """kill -9 of the parent: dnsmasq, which changed its user, outlives it and is found."""
    services.up(*RANGE)
    lease = client.lease()
    services.process.kill()
    services.up(*RANGE)
    assert client.lease().yiaddr == lease.yiaddr
    pids = [services.pid(name) for name in ("dnsmasq", "in.tftpd")]
    assert services.process.stop() == 0
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_running_instance_is_left_alone(services, client, network, tmp_path):
    services.up(*RANGE)
    first = services.process
    text = services.refused(*RANGE)
    assert text.startswith("SW-1002 Can't serve DHCP: UDP port 67 is taken by dnsmasq (pid ")
    assert "Nothing was started." in text
    assert first.alive() and client.lease()
    first.stop()


@pytest.mark.parametrize("port, purpose, args", [(67, "DHCP", RANGE), (69, "TFTP", RANGE),
                                                 (4011, "proxyDHCP", ("proxy",))])
def test_a_taken_port_names_its_holder(services, network, tmp_path, port, purpose, args):
    code = f"import socket,signal; s=socket.socket(type=socket.SOCK_DGRAM); s.bind(('', {port})); " \
           "print('bound', flush=True); signal.pause()"
    holder = network.start(["/usr/bin/python3", "-c", code], tmp_path / "holder.log")
    holder.output.wait_for("bound", 30)
    text = services.refused(*args)
    holder.stop()
    assert text.startswith(f"SW-1002 Can't serve {purpose}: UDP port {port} is taken by python3 (pid {holder.pid})")
    assert not (services.folder / "state/dnsmasq.conf").exists()


def test_an_interface_that_cannot_serve(services, network):
    text = services.refused(interface="eno9")
    assert text.startswith("SW-1003 Can't serve on 'eno9': there is no such interface.")
    assert "br0 (10.77.0.1/24)" in text and "cluster0 (no address)" in text
    assert services.refused(interface="cluster0").startswith("SW-1004 Can't serve on cluster0: it has no IPv4")
    network.run(["ip", "link", "set", "br0", "down"])
    try:
        assert services.refused().startswith("SW-1004 Can't serve on br0: it is down.")
    finally:
        network.run(["ip", "link", "set", "br0", "up"])


def test_a_range_outside_the_subnet(services):
    text = services.refused("10.78.0.1", "10.78.0.9")
    assert text.startswith("SW-1005 the range 10.78.0.1 to 10.78.0.9 is not within br0's subnet 10.77.0.1/24")
    assert "from 10.77.0.1 to 10.77.0.254" in text


@pytest.mark.parametrize("args", [(), ("--no-ping",)])
def test_a_foreign_server_is_not_fought(services, client, site, args):
    site(*args)
    text = services.refused(*RANGE)
    assert text == "SW-1001 Can't serve DHCP on br0: 10.77.0.3 already does. Nothing was started. Use --proxy-dhcp."
    assert not (services.folder / "state/dnsmasq.conf").exists()


def answers(address):
    """True where ADDRESS answers, if only that nothing listens there."""
    try:
        socket.create_connection((address, 9), timeout=5).close()
    except ConnectionRefusedError:
        pass
    except OSError:
        return False
    return True


def test_the_default_range_leaves_used_addresses_alone(services, client, network):
    """Without a range all of the subnet is given, and an address that answers a ping is not."""
    services.up()
    first = client.lease()
    network.run(["ip", "addr", "add", f"{first.yiaddr}/24", "dev", "eth0"], network.site)
    # Nobody answered the server's own ping before: the kernel may hold that against the address for a second.
    poll_until(lambda: dhcp.within(network.name, answers, first.yiaddr), 60, f"{first.yiaddr} answers")
    (services.folder / "state/dnsmasq.leases").write_text("")
    old = services.pid("dnsmasq")
    os.kill(old, signal.SIGKILL)
    services.back("dnsmasq", old)
    offer = client.ask(dhcp.DISCOVER, timeout=60, retry=5, wanted=lambda r: r.kind == dhcp.OFFER)
    assert offer and offer.yiaddr not in ("10.77.0.1", first.yiaddr)
    status = services.status()
    assert status["range"] == ["10.77.0.2", "10.77.0.254"] and status["mode"] == "dhcp"
