// SPDX-License-Identifier: Apache-2.0
/* Interfaces by rtnetlink: two dumps joined by index, and three requests. */
#include "base/netif.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

#define MESSAGE_MAX 512   /* of a request of ours: few attributes of some bytes each */
#define ANSWER_MAX  32768 /* what the kernel puts into one part of a dump at the most */

struct list {
	struct netif *at;
	size_t n;
};

static void cleanup_socket(struct mnl_socket **s)
{
	if (*s)
		(void)mnl_socket_close(*s); /* nothing to lose on it */
}

#define auto_socket __attribute__((cleanup(cleanup_socket)))

/* Sends the request and hands every answer to each() until the kernel says it was the last. */
static int ask(struct nlmsghdr *request, mnl_cb_t each, void *arg)
{
	auto_socket struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	auto_free char *answer = malloc(ANSWER_MAX);

	if (!socket || !answer)
		return -errno;
	request->nlmsg_seq = 1;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
		mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;

	unsigned port = mnl_socket_get_portid(socket);
	int res = MNL_CB_OK;

	while (res > MNL_CB_STOP) {
		ssize_t n = mnl_socket_recvfrom(socket, answer, ANSWER_MAX);

		if (n < 0 && errno == EINTR)
			continue;
		res = n < 0 ? MNL_CB_ERROR : mnl_cb_run(answer, (size_t)n, 1, port, each, arg);
	}
	return res < 0 ? -errno : 0;
}

static struct nlmsghdr *request_new(void *out, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(out);

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	return h;
}

/* -- reading -- */

static void copy_mac(uint8_t to[static NETIF_MAC_SIZE], const struct nlattr *a)
{
	if (mnl_attr_get_payload_len(a) == NETIF_MAC_SIZE)
		memcpy(to, mnl_attr_get_payload(a), NETIF_MAC_SIZE);
}

static int take_link_attribute(const struct nlattr *a, void *arg)
{
	struct netif *to = arg;

	switch (mnl_attr_get_type(a)) {
	case IFLA_IFNAME:
		if (mnl_attr_validate(a, MNL_TYPE_STRING) == 0)
			snprintf(to->name, sizeof(to->name), "%s", mnl_attr_get_str(a));
		break;
	case IFLA_ADDRESS:
		copy_mac(to->mac, a);
		break;
	case IFLA_PERM_ADDRESS:
		copy_mac(to->permanent_mac, a);
		break;
	}
	return MNL_CB_OK;
}

static int take_link(const struct nlmsghdr *h, void *arg)
{
	struct list *l = arg;
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(h);

	if (h->nlmsg_type != RTM_NEWLINK || l->n == NETIF_MAX)
		return MNL_CB_OK;

	struct netif *to = &l->at[l->n++];

	*to = (struct netif){
		.index = link->ifi_index,
		.loopback = link->ifi_flags & IFF_LOOPBACK,
		.ethernet = link->ifi_type == ARPHRD_ETHER,
		.up = link->ifi_flags & IFF_UP,
		.carrier = (link->ifi_flags & IFF_UP) && (link->ifi_flags & IFF_RUNNING),
	};
	return mnl_attr_parse(h, sizeof(*link), take_link_attribute, to);
}

static struct netif *find_index(const struct list *l, unsigned index)
{
	for (size_t i = 0; i < l->n; i++)
		if ((unsigned)l->at[i].index == index)
			return &l->at[i];
	return NULL;
}

static int take_local_address(const struct nlattr *a, void *arg)
{
	struct in_addr *to = arg;

	if (mnl_attr_get_type(a) == IFA_LOCAL && mnl_attr_get_payload_len(a) == 4)
		memcpy(&to->s_addr, mnl_attr_get_payload(a), 4);
	return MNL_CB_OK;
}

static int take_address(const struct nlmsghdr *h, void *arg)
{
	const struct ifaddrmsg *m = mnl_nlmsg_get_payload(h);

	if (h->nlmsg_type != RTM_NEWADDR || m->ifa_family != AF_INET)
		return MNL_CB_OK;

	struct netif *to = find_index(arg, m->ifa_index);

	if (!to || to->address.s_addr)
		return MNL_CB_OK;
	to->prefix = m->ifa_prefixlen;
	return mnl_attr_parse(h, sizeof(*m), take_local_address, &to->address);
}

struct choice {
	struct netif *netif;
	struct in_addr address;
	bool found;
};

static int take_choice(const struct nlmsghdr *h, void *arg)
{
	struct choice *c = arg;
	const struct ifaddrmsg *m = mnl_nlmsg_get_payload(h);
	struct in_addr address = { 0 };

	if (h->nlmsg_type != RTM_NEWADDR || m->ifa_family != AF_INET ||
		m->ifa_index != (unsigned)c->netif->index)
		return MNL_CB_OK;
	if (mnl_attr_parse(h, sizeof(*m), take_local_address, &address) < 0)
		return MNL_CB_ERROR;
	if (address.s_addr == c->address.s_addr) {
		c->netif->address = address;
		c->netif->prefix = m->ifa_prefixlen;
		c->found = true;
	}
	return MNL_CB_OK;
}

static int dump_addresses(mnl_cb_t each, void *arg)
{
	char out[MESSAGE_MAX];
	struct nlmsghdr *h = request_new(out, RTM_GETADDR, NLM_F_DUMP);
	struct ifaddrmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	m->ifa_family = AF_INET;
	return ask(h, each, arg);
}

int netif_list(struct netif **ret, size_t *ret_n, struct error *err)
{
	char out[MESSAGE_MAX];
	auto_free struct netif *all = calloc(NETIF_MAX, sizeof(*all));
	struct list list = { .at = all };

	if (!all)
		return fail_memory(err);

	struct nlmsghdr *h = request_new(out, RTM_GETLINK, NLM_F_DUMP);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(h, sizeof(*link));

	link->ifi_family = AF_UNSPEC;
	int res = ask(h, take_link, &list);

	if (res < 0)
		return fail(err, -res, "listing the network interfaces");
	res = dump_addresses(take_address, &list);
	if (res < 0)
		return fail(err, -res, "listing the addresses of the network interfaces");
	*ret = take_ptr(&all);
	*ret_n = list.n;
	return 0;
}

const char *netif_names(const struct netif *list, size_t n, char out[static NETIF_NAMES_MAX])
{
	auto_buf b = { .max = NETIF_NAMES_MAX - sizeof(", ...") };
	const char *before = "";

	for (size_t i = 0; i < n; i++) {
		char address[INET_ADDRSTRLEN];

		if (list[i].loopback)
			continue;
		buf_printf(&b, "%s%s (", before, list[i].name);
		if (list[i].address.s_addr)
			buf_printf(&b, "%s/%u)",
				inet_ntop(AF_INET, &list[i].address, address, sizeof(address)),
				list[i].prefix);
		else
			buf_puts(&b, "no address)");
		before = ", ";
	}
	snprintf(out, NETIF_NAMES_MAX, "%s%s", b.len ? buf_str(&b) : "none",
		b.failed ? ", ..." : "");
	return out;
}

int netif_find(const char *name, struct netif *ret, struct error *err)
{
	auto_free struct netif *list = NULL;
	size_t n = 0;
	int res = netif_list(&list, &n, err);

	if (res < 0)
		return res;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i].name, name) == 0) {
			*ret = list[i];
			return 0;
		}
	}

	char names[NETIF_NAMES_MAX];

	return fail_code(err, ENODEV, NULL, "there is no interface '%s'; there are: %s", name,
		netif_names(list, n, names));
}

int netif_choose_address(struct netif *n, struct in_addr address, struct error *err)
{
	struct choice c = { .netif = n, .address = address };
	char text[INET_ADDRSTRLEN] = "";
	int res = dump_addresses(take_choice, &c);

	if (res < 0)
		return fail(err, -res, "listing the addresses of the network interfaces");
	(void)inet_ntop(AF_INET, &address, text, sizeof(text)); /* fails for short buffers only */
	return c.found ? 0
		       : fail_code(err, EADDRNOTAVAIL, NULL, "%s does not have the address %s",
				 n->name, text);
}

/* -- setting -- */

static int acknowledged(const struct nlmsghdr *h, void *arg)
{
	(void)h;
	(void)arg;
	return MNL_CB_OK;
}

int netif_set_up(int index, struct error *err)
{
	char out[MESSAGE_MAX];
	struct nlmsghdr *h = request_new(out, RTM_NEWLINK, NLM_F_ACK);
	struct ifinfomsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	m->ifi_family = AF_UNSPEC;
	m->ifi_index = index;
	m->ifi_flags = IFF_UP;
	m->ifi_change = IFF_UP;
	int res = ask(h, acknowledged, NULL);

	return res < 0 ? fail(err, -res, "setting interface %d up", index) : 0;
}

int netif_add_address(
	int index, struct in_addr address, unsigned prefix, uint32_t valid_s, struct error *err)
{
	char out[MESSAGE_MAX];
	struct nlmsghdr *h =
		request_new(out, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE);
	struct ifaddrmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));
	uint32_t host = prefix < 32 ? UINT32_MAX >> prefix : 0;
	struct ifa_cacheinfo life = {
		.ifa_valid = valid_s ? valid_s : UINT32_MAX,
		.ifa_prefered = valid_s ? valid_s : UINT32_MAX,
	};

	if (prefix < 1 || prefix > 32 || !address.s_addr)
		return fail(err, EINVAL, "address with a prefix of %u bits", prefix);
	m->ifa_family = AF_INET;
	m->ifa_prefixlen = (uint8_t)prefix;
	m->ifa_index = (unsigned)index;
	mnl_attr_put_u32(h, IFA_LOCAL, address.s_addr);
	mnl_attr_put_u32(h, IFA_ADDRESS, address.s_addr);
	if (prefix < 31)
		mnl_attr_put_u32(h, IFA_BROADCAST, address.s_addr | htonl(host));
	mnl_attr_put(h, IFA_CACHEINFO, sizeof(life), &life);
	int res = ask(h, acknowledged, NULL);

	return res < 0 ? fail(err, -res, "adding an address to interface %d", index) : 0;
}

int netif_remove_address(int index, struct in_addr address, unsigned prefix, struct error *err)
{
	char out[MESSAGE_MAX];
	struct nlmsghdr *h = request_new(out, RTM_DELADDR, NLM_F_ACK);
	struct ifaddrmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	m->ifa_family = AF_INET;
	m->ifa_prefixlen = (uint8_t)prefix;
	m->ifa_index = (unsigned)index;
	mnl_attr_put_u32(h, IFA_LOCAL, address.s_addr);
	int res = ask(h, acknowledged, NULL);

	return res < 0 ? fail(err, -res, "removing an address from interface %d", index) : 0;
}

int netif_set_default_route(int index, struct in_addr gateway, struct error *err)
{
	char out[MESSAGE_MAX];
	struct nlmsghdr *h =
		request_new(out, RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE);
	struct rtmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	m->rtm_family = AF_INET;
	m->rtm_table = RT_TABLE_MAIN;
	m->rtm_protocol = RTPROT_DHCP;
	m->rtm_scope = RT_SCOPE_UNIVERSE;
	m->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(h, RTA_GATEWAY, gateway.s_addr);
	mnl_attr_put_u32(h, RTA_OIF, (uint32_t)index);
	int res = ask(h, acknowledged, NULL);

	return res < 0 ? fail(err, -res, "setting the default route") : 0;
}
