# SPDX-License-Identifier: Apache-2.0
"""proxyDHCP: the site's server gives the address, we add what to boot."""
import dhcp_client as dhcp
from places import MAC

APPLIANCE, SITE = "10.77.0.1", "10.77.0.3"
START = f"http://{APPLIANCE}:80/boot/start.ipxe"


def test_proxy_beside_the_site_server(services, client, network, site):
    site("--no-ping")
    services.up("proxy")
    offers = {}
    xid = client.send(dhcp.DISCOVER, dhcp.arch_options(7))
    while reply := client.receive(xid, 2 if len(offers) < 2 else 0.2):
        offers.setdefault(reply.server, []).append(reply)
    assert offers[SITE][0].yiaddr.startswith("10.77.0.5") and offers[SITE][0].boot_file == ""
    assert [o.yiaddr for o in offers[APPLIANCE]] == ["0.0.0.0"]
    assert offers[APPLIANCE][0].vendor_class == "PXEClient"
    answer = dhcp.within(network.cluster, client.proxy_request, APPLIANCE, dhcp.arch_options(7))
    assert (answer.kind, answer.boot_file, answer.siaddr) == (dhcp.ACK, "snponly.efi", APPLIANCE)
    services.wait_for(rf"dhcp proxy {MAC} 0\.0\.0\.0 arch=7 ipxe=0 file=snponly\.efi\n")


def test_proxy_sends_ipxe_on_and_ignores_the_rest(services, client, site):
    site("--no-ping")
    services.up("proxy")
    ours = {"wanted": lambda r: r.server == APPLIANCE}
    offer = client.ask(dhcp.DISCOVER, dhcp.arch_options(0) + dhcp.IPXE, timeout=30, **ours)
    assert (offer.boot_file, offer.siaddr) == (START, APPLIANCE)
    for options in (dhcp.arch_options(11), dhcp.arch_options(16, "HTTPClient"), []):
        assert client.ask(dhcp.DISCOVER, options, timeout=0.5, **ours) is None


def test_proxy_tells_that_nobody_gives_addresses(services, site):
    services.up("proxy")
    services.wait_for(r"alarm on SW-1007 No DHCP server answers on br0", 60)
    site("--no-ping")
    services.wait_for(r"alarm off SW-1007 10\.77\.0\.3 gives addresses on br0\.", 60)
