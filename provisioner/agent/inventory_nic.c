// SPDX-License-Identifier: Apache-2.0
/* Network cards: Ethernet interfaces with hardware behind them. */
#include "provisioner/agent/inventory.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"

#define ADDR_ASSIGNED_BY_CARD 0 /* NET_ADDR_PERM in Linux's addr_assign_type */

/* The address burnt in, by ETHTOOL_GPERMADDR; it stays when someone sets another. */
static bool ask_driver(const char *name, struct mac *ret)
{
	union {
		struct ethtool_perm_addr ask;
		uint8_t room[sizeof(struct ethtool_perm_addr) + 32];
	} u = { .ask = { .cmd = ETHTOOL_GPERMADDR, .size = 32 } };
	struct ifreq ifr = { .ifr_data = (void *)&u };
	auto_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, SIOCETHTOOL, &ifr) < 0 || u.ask.size != sizeof(ret->bytes))
		return false;
	memcpy(ret->bytes, u.room + sizeof(u.ask), sizeof(ret->bytes));
	return !mac_is_null(ret);
}

static void read_permanent(const struct tree *t, const char *name, struct nic *ret)
{
	struct mac mac;

	if (!t->root[0] && ask_driver(name, &mac))
		(void)mac_format(&mac, ret->permanent_mac);
	else if (tree_number(t, -1, "/sys/class/net/%s/addr_assign_type", name) ==
		 ADDR_ASSIGNED_BY_CARD)
		memcpy(ret->permanent_mac, ret->mac, sizeof(ret->permanent_mac));
}

struct list {
	const struct tree *tree;
	struct nic *nics;
	size_t n, max;
};

static int read_one(const char *name, void *arg)
{
	struct list *l = arg;
	struct nic *nic = &l->nics[l->n];
	char real[TREE_PATH_MAX], pci[32];
	int64_t speed;

	if (l->n == l->max || !tree_has(l->tree, "/sys/class/net/%s/device", name) ||
		tree_number(l->tree, -1, "/sys/class/net/%s/type", name) != ARPHRD_ETHER)
		return 0;
	memset(nic, 0, sizeof(*nic));
	(void)text_clean(name, strlen(name), nic->name, sizeof(nic->name));
	(void)tree_text(l->tree, nic->mac, sizeof(nic->mac), "/sys/class/net/%s/address", name);
	read_permanent(l->tree, name, nic);
	(void)tree_link(
		l->tree, nic->driver, sizeof(nic->driver), "/sys/class/net/%s/device/driver", name);
	(void)tree_real(l->tree, real, "/sys/class/net/%s/device", name);
	if (tree_pci(real, pci, sizeof(pci))[0])
		(void)snprintf(nic->bus, sizeof(nic->bus), "pci-%s", pci);
	nic->link = tree_number(l->tree, 0, "/sys/class/net/%s/carrier", name) == 1;
	speed = tree_number(l->tree, 0, "/sys/class/net/%s/speed", name);
	nic->speed_mbps = speed > 0 && nic->link ? speed : 0;
	l->n++;
	return 0;
}

size_t nic_read_all(const struct tree *t, struct nic *ret, size_t max)
{
	struct list l = { .tree = t, .nics = ret, .max = max };

	(void)tree_list(t, "/sys/class/net", read_one, &l); /* read_one never fails */
	return l.n;
}
