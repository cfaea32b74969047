// SPDX-License-Identifier: Apache-2.0
/* Packets and requests read as evidence. */
#include "provisioner/daemon/sightings.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "provisioner/daemon/reconcile.h"
#include "pxe/arch.h"

/* The machine of this MAC; one that was not known is added as seen. NULL where there is no room. */
static struct member *meet(struct appliance *a, const struct mac *mac)
{
	struct member *x = roster_by_mac(&a->roster, mac);
	struct machine m = { .state = MACHINE_SEEN, .created_ms = now_ms() };
	struct error err = { 0 };

	if (x || mac_is_null(mac))
		return x;
	m.changed_ms = m.stage_ms = m.created_ms;
	m.evidence.boot_mac = *mac;
	reconcile_name(mac, m.name);
	if (reconcile_mint_id(m.id, &err) < 0 || reconcile_add(a, &m, &x, &err) < 0) {
		log_err(&err, m.name);
		return NULL;
	}
	return x;
}

static void system_up(struct appliance *a, struct member *x, const char *evidence)
{
	int64_t now = now_ms();
	bool first = x->m.state == MACHINE_BOOTING || x->m.state == MACHINE_PARKED;

	if (!x->m.installed || !reconcile_event(a, x, MACHINE_SYSTEM_UP, now))
		return;
	if (first || x->m.state == MACHINE_JOINING)
		timeline_enter(&a->timeline, x, STAGE_JOIN, now, "%s", evidence);
	reconcile_save(a, x);
}

/* A request by firmware, by iPXE, or by a running system. */
static void on_request(struct appliance *a, struct member *x, const struct dnsmasq_event *e)
{
	int64_t now = now_ms();

	if (e->ipxe && x->row.open && x->m.stage == STAGE_TFTP)
		timeline_enter(
			&a->timeline, x, STAGE_IPXE, now, "iPXE runs and asks for an address");
	else if (e->ipxe && x->row.open && x->m.stage == STAGE_IPXE)
		timeline_enter(&a->timeline, x, STAGE_IPXE, now, NULL);
	else if (e->ipxe)
		timeline_enter(
			&a->timeline, x, STAGE_DHCP, now, "the network card's own iPXE asks");
	else if (e->arch >= 0)
		timeline_enter(&a->timeline, x, STAGE_DHCP, now, "firmware asks (%s)",
			pxe_arch_name(e->arch));
	else if (!x->m.installed && x->m.stage == STAGE_KERNEL)
		timeline_enter(&a->timeline, x, STAGE_AGENT, now,
			"the agent's kernel runs and asks for an address");
	else
		return;
	reconcile_save(a, x);
}

static void on_answer(struct appliance *a, struct member *x, const struct dnsmasq_event *e)
{
	char address[INET_ADDRSTRLEN] = "", evidence[MEMBER_EVIDENCE_MAX];
	bool boots = e->ipxe || e->arch >= 0;

	if (e->address.s_addr && inet_ntop(AF_INET, &e->address, address, sizeof(address)))
		reconcile_address(a, x, address);
	if (!boots && x->m.installed && e->kind == DNSMASQ_EVENT_ACK) {
		snprintf(evidence, sizeof(evidence),
			"the installed system asked for an address: %s", address);
		system_up(a, x, evidence);
		return;
	}
	if (x->row.open && x->m.stage == STAGE_DHCP && boots)
		timeline_enter(&a->timeline, x, STAGE_DHCP, now_ms(), "%s%s%s%s%s%s",
			address[0] ? address : "address by the site's own server",
			e->boot_file[0] ? ", told to load " : "", e->boot_file,
			e->note[0] ? " (" : "", e->note, e->note[0] ? ")" : "");
	reconcile_save(a, x);
}

void sighting_dhcp(struct appliance *a, const struct dnsmasq_event *e)
{
	struct mac mac;
	struct member *x;

	memcpy(mac.bytes, e->mac, sizeof(mac.bytes));
	/* a host that asks for an address and nothing to boot is none of our machines */
	x = e->ipxe || e->arch >= 0 ? meet(a, &mac) : roster_by_mac(&a->roster, &mac);
	if (!x)
		return;
	switch (e->kind) {
	case DNSMASQ_EVENT_DISCOVER:
	case DNSMASQ_EVENT_REQUEST:
		on_request(a, x, e);
		return;
	case DNSMASQ_EVENT_OFFER:
	case DNSMASQ_EVENT_ACK:
	case DNSMASQ_EVENT_PROXY:
		on_answer(a, x, e);
		return;
	case DNSMASQ_EVENT_NAK:
	case DNSMASQ_EVENT_DECLINE:
		timeline_note(&a->timeline, x, "note", now_ms(), "DHCP %s %s",
			dnsmasq_event_name(e->kind), e->note);
		appliance_touch(a);
		return;
	case DNSMASQ_EVENT_RELEASE:
	case DNSMASQ_EVENT_INFORM:
		return;
	}
}

static struct member *by_address(struct appliance *a, struct in_addr address)
{
	char text[INET_ADDRSTRLEN];

	if (!inet_ntop(AF_INET, &address, text, sizeof(text)))
		return NULL;
	return roster_by_address(&a->roster, text);
}

void sighting_tftp(struct appliance *a, const struct tftpd_event *e)
{
	struct member *x = e->address.s_addr ? by_address(a, e->address) : NULL;
	int64_t now = now_ms();

	if (!x) {
		if (e->kind == TFTPD_EVENT_TROUBLE)
			log_warn("in.tftpd: %s", e->text);
		return;
	}
	switch (e->kind) {
	case TFTPD_EVENT_READ:
		timeline_enter(&a->timeline, x, STAGE_TFTP, now, "loads %s", e->text);
		break;
	case TFTPD_EVENT_WRITE:
	case TFTPD_EVENT_REFUSE:
	case TFTPD_EVENT_TROUBLE:
		timeline_note(&a->timeline, x, "note", now, "TFTP: %s", e->text);
		break;
	}
	reconcile_save(a, x);
}

static void on_next_script(struct appliance *a, const struct access *access)
{
	struct member *x = meet(a, &access->mac);
	int64_t now = now_ms();

	if (!x)
		return;
	reconcile_address(a, x, access->address);
	(void)reconcile_event(a, x, MACHINE_NETBOOT, now); /* known in every state */
	timeline_enter(&a->timeline, x, STAGE_IPXE, now, "%s",
		access->local ? "told to boot from its disk" : "told to boot the agent");
	if (access->local)
		timeline_enter(&a->timeline, x, STAGE_BOOT, now, "told to boot from its disk");
	reconcile_save(a, x);
}

/* Kernel and agent image make one stage; their bytes add up. */
static void on_boot_file(struct appliance *a, struct member *x, const struct access *access)
{
	int64_t bytes = (int64_t)access->bytes, rate, now = now_ms();

	if (x->row.open && x->m.stage == STAGE_KERNEL)
		bytes += x->row.bytes;
	timeline_enter(&a->timeline, x, STAGE_KERNEL, now, "fetched the %s%s",
		access->kind == ACCESS_KERNEL ? "kernel" : "kernel and the agent's image",
		access->bytes ? "" : ", but not to its end");
	rate = (int64_t)access->bytes * 1000 / (access->duration_ms > 0 ? access->duration_ms : 1);
	timeline_measure(&a->timeline, x, bytes, rate, true);
}

void sighting_access(const struct access *access, void *arg)
{
	struct appliance *a = arg;
	struct member *x = roster_by_address(&a->roster, access->address);
	char evidence[MEMBER_EVIDENCE_MAX];

	if (access->kind == ACCESS_NEXT_SCRIPT) {
		on_next_script(a, access);
		return;
	}
	if (!x)
		return;
	switch (access->kind) {
	case ACCESS_LOADER:
		timeline_enter(&a->timeline, x, STAGE_TFTP, now_ms(), "loads ipxe.efi by HTTP");
		break;
	case ACCESS_START_SCRIPT:
		timeline_enter(&a->timeline, x, STAGE_IPXE, now_ms(), "iPXE fetched its script");
		break;
	case ACCESS_KERNEL:
	case ACCESS_INITRD:
		on_boot_file(a, x, access);
		break;
	case ACCESS_REGISTRY:
		snprintf(evidence, sizeof(evidence), "the installed system pulls %s", access->name);
		system_up(a, x, evidence);
		return;
	case ACCESS_NEXT_SCRIPT:
		break;
	}
	reconcile_save(a, x);
}

void sighting_agent(struct appliance *a, const char *address)
{
	struct member *x = roster_by_address(&a->roster, address);

	if (!x || x->m.installed || x->m.stage >= STAGE_AGENT)
		return;
	timeline_enter(
		&a->timeline, x, STAGE_AGENT, now_ms(), "the agent speaks, from %s", address);
	reconcile_save(a, x);
}
