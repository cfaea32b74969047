// SPDX-License-Identifier: Apache-2.0
/* What is known of each stage, in one table; the table is the last thing above the functions. */
#include "provisioner/model/stage.h"

#include <stdlib.h>
#include <string.h>

#define CHECKS_MAX 5

static const struct stage_facts {
	const char *name;
	int64_t usual_ms; /* before this site has a history of its own */
	const char *waits_for;
	const char *checks[CHECKS_MAX + 1];
} stages[STAGE_COUNT] = {
	[STAGE_DHCP] = { "dhcp", 10000, "a boot request after its DHCP address",
		{ "is network boot on in the firmware, and before the disk in its order?",
			"does the switch port come up late (spanning tree, LACP)? Make it an edge port",
			"does the firmware ignore proxyDHCP? Let this appliance hand out the addresses" } },
	[STAGE_TFTP] = { "tftp", 15000, "its first-stage loader to ask for the boot script",
		{ "does a firewall let UDP 69 and the answers from high ports pass?",
			"is Secure Boot on? The firmware refuses an unsigned loader without a word",
			"is the MTU the same all the way?" } },
	[STAGE_IPXE] = { "ipxe", 15000, "the kernel to be fetched",
		{ "did iPXE find its network card? Its screen says so",
			"does a firewall let TCP 80 to the appliance pass?" } },
	[STAGE_KERNEL] = { "kernel", 30000, "the agent's first word",
		{ "is there a driver for its network card in the agent image?",
			"does its screen show a kernel panic, or Secure Boot's refusal?",
			"does a firewall let TCP 8443 to the appliance pass?" } },
	[STAGE_AGENT] = { "agent", 5000, "its inventory and the proof of its key",
		{ "does a disk or controller hang while it is read? The machine's screen says which" } },
	[STAGE_ENROL] = { "enrol", 1000, "its first look for a plan",
		{ "does the machine's screen show an error?" } },
	[STAGE_APPROVE] = { "approve", 60000, "an operator, or a window",
		{ "compare the check code on its screen, then: slipway machine approve",
			"for many machines at once: slipway enrol open --count N --for 30m" } },
	[STAGE_WRITE] = { "write", 120000, "the image to be on its disk",
		{ "compare the rate with its link speed: is it 100 Mbit/s?",
			"is the disk failing? Its SMART state and the agent's report say so" } },
	[STAGE_BOOT] = { "boot", 60000, "the installed system's first sign of life",
		{ "does the firmware boot another disk first?",
			"does its screen stop in the boot loader, or ask for a root file system?",
			"does the image bring its network card up by DHCP?" } },
	[STAGE_JOIN] = { "join", 60000, "its Node to be Ready in the cluster",
		{ "does the kubelet run? On the machine: journalctl -u kubelet",
			"can the machine reach the API server's address and port?",
			"does the bundle hold every image the node needs (pause, CNI)?",
			"is there a CNI configuration in /etc/cni/net.d?" } },
	[STAGE_READY] = { "ready", 1000, "nothing", { NULL } },
};

const char *stage_name(enum stage s)
{
	return stages[s].name;
}

int stage_parse(const char *name, enum stage *ret, struct error *err)
{
	for (unsigned i = 0; i < STAGE_COUNT; i++) {
		if (strcmp(stages[i].name, name) == 0) {
			*ret = (enum stage)i;
			return 0;
		}
	}
	return fail_code(err, EINVAL, NULL, "there is no stage '%s'", name);
}

const char *stage_waits_for(enum stage s)
{
	return stages[s].waits_for;
}

const char *const *stage_checks(enum stage s)
{
	return stages[s].checks;
}

void stage_history_add(struct stage_history *h, enum stage s, int64_t duration_ms)
{
	if (duration_ms < 0)
		return;
	h->of[s].ms[h->of[s].count++ % STAGE_HISTORY] =
		duration_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)duration_ms;
}

static int compare_ms(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

int64_t stage_usual_ms(const struct stage_history *h, enum stage s)
{
	uint32_t sorted[STAGE_HISTORY];
	unsigned n = h->of[s].count < STAGE_HISTORY ? h->of[s].count : STAGE_HISTORY;

	if (n < STAGE_HISTORY_LEAST)
		return stages[s].usual_ms;
	memcpy(sorted, h->of[s].ms, n * sizeof(sorted[0]));
	qsort(sorted, n, sizeof(sorted[0]), compare_ms);
	return sorted[n / 2];
}

json_t *stage_wait_json(
	const struct stage_history *h, enum stage s, int64_t since_ms, int64_t now_ms)
{
	int64_t usual_ms = stage_usual_ms(h, s);
	bool late = s != STAGE_READY && now_ms - since_ms > 2 * usual_ms;
	json_t *checks = json_array();

	for (const char *const *c = stage_checks(s); late && *c; c++)
		json_array_append_new(checks, json_string(*c));
	return json_pack("{s:s, s:s, s:I, s:I, s:b, s:o}", "stage", stage_name(s), "waits_for",
		stage_waits_for(s), "since_ms", (json_int_t)since_ms, "usual_ms",
		(json_int_t)usual_ms, "late", late, "checks", checks);
}
