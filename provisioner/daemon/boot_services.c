// SPDX-License-Identifier: Apache-2.0
/* DHCP and TFTP for the machines: checked, written, started, told of, ended. */
#include "provisioner/daemon/boot_services.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "provisioner/daemon/boot_check.h"
#include "provisioner/daemon/boot_services_impl.h"

#define WATCH_MS_DEFAULT 30000

static int join_path(
	char out[static BOOT_PATH_MAX], const char *dir, const char *name, struct error *err)
{
	int n = snprintf(out, BOOT_PATH_MAX, "%s/%s", dir, name);

	return n < 0 || n >= BOOT_PATH_MAX ? fail(err, ENAMETOOLONG, "'%s/%s'", dir, name) : 0;
}

static int set_paths(struct boot_services *b, const struct boot_config *c, struct error *err)
{
	int res = join_path(b->conf_path, c->state_dir, "dnsmasq.conf", err);

	if (res == 0)
		res = join_path(b->lease_path, c->state_dir, "dnsmasq.leases", err);
	if (res == 0)
		res = join_path(b->tftp_dir, c->state_dir, "tftp", err);
	if (res == 0)
		res = join_path(b->dev_dir, c->run_dir, "tftpd-dev", err);
	if (res == 0)
		res = make_dirs(c->state_dir, 0755, err);
	return res < 0 ? res : make_dirs(c->run_dir, 0755, err);
}

static int set_pxe(struct boot_services *b, const struct boot_config *c, const struct netif *netif,
	struct error *err)
{
	b->pxe = (struct pxe_config){
		.address = netif->address,
		.prefix = netif->prefix,
		.proxy = c->proxy,
		.first = c->first,
		.last = c->last,
		.lease_s = c->lease_s,
		.router = c->router,
		.http_port = c->http_port,
		.lease_file = b->lease_path,
	};
	memcpy(b->pxe.interface, netif->name, sizeof(b->pxe.interface));
	memcpy(b->pxe.dns, c->dns, sizeof(b->pxe.dns));
	if (pxe_config_default(&b->pxe, err) == 0)
		return 0;
	if (!err->code[0])
		snprintf(err->code, sizeof(err->code), "SW-1005");
	return err->number;
}

static int write_files(struct boot_services *b, const struct boot_config *c, struct error *err)
{
	const char *const both[] = { c->loader_dir, TFTPD_LOADER_DIR, NULL };
	auto_buf text = { 0 };
	int res = dnsmasq_config_format(&b->pxe, &text, err);

	if (res == 0)
		res = dnsmasq_config_apply(b->conf_path, &text, err);
	if (res == 0)
		res = tftpd_fill(b->tftp_dir, c->loader_dir ? both : both + 1, err);
	if (res < 0 && !err->code[0])
		snprintf(err->code, sizeof(err->code), "SW-1006");
	return res;
}

static int prepare(struct boot_services *b, const struct boot_config *c, struct error *err)
{
	struct netif netif;
	int res = boot_interface_find(c->interface, c->address, &netif, err);

	if (res == 0)
		res = set_paths(b, c, err);
	if (res == 0)
		res = set_pxe(b, c, &netif, err);
	if (res == 0)
		res = boot_ports_check(&b->pxe, b->conf_path, b->tftp_dir, err);
	if (res == 0 && !c->proxy)
		res = boot_foreign_check(&netif, err);
	if (res == 0)
		res = write_files(b, c, err);
	return res < 0 ? res : boot_children_new(b, err);
}

int boot_services_new(sd_event *loop, const struct boot_config *config,
	const struct boot_events *events, struct boot_services **ret, struct error *err)
{
	struct boot_services *b = calloc(1, sizeof(*b));
	int res;

	if (!b)
		return fail_memory(err);
	b->loop = loop;
	b->events = *events;
	b->watch_ms = config->watch_ms ? config->watch_ms : WATCH_MS_DEFAULT;
	b->tftpd_fd = -1;
	b->ask_fd = -1;
	res = prepare(b, config, err);
	if (res < 0) {
		boot_services_free(b);
		return res;
	}
	*ret = b;
	return 0;
}

void boot_services_free(struct boot_services *b)
{
	if (!b)
		return;
	dhcp_watch_free(b->watch);
	boot_children_free(b);
	free(b);
}

int boot_services_start(struct boot_services *b, struct error *err)
{
	const struct dhcp_watch_options watch = {
		.interface = b->pxe.interface,
		.own = b->pxe.address,
		.on_round = boot_foreign_round,
		.arg = b,
	};
	int res = boot_children_start(b, err);

	if (res < 0 && !err->code[0])
		snprintf(err->code, sizeof(err->code), "SW-1006");
	if (res < 0)
		return res;
	return dhcp_watch_new(b->loop, &watch, b->pxe.proxy ? 0 : b->watch_ms, &b->watch, err);
}

struct in_addr boot_services_address(const struct boot_services *b)
{
	return b->pxe.address;
}

/* -- what is told of it -- */

struct text {
	char s[INET_ADDRSTRLEN];
};

/* "" for no address. */
static struct text address_text(struct in_addr a)
{
	struct text t = { "" };

	if (a.s_addr)
		(void)inet_ntop(AF_INET, &a, t.s, sizeof(t.s)); /* fails for short buffers only */
	return t;
}

static json_t *service_json(const struct service *s)
{
	struct service_status st;

	service_status(s, &st);
	return json_pack("{s:s, s:s, s:i, s:i, s:I, s:s}", "name", st.name, "state",
		service_state_name(st.state), "pid", (int)st.pid, "restarts", (int)st.restarts,
		"since_ms", (json_int_t)st.since_ms, "last_end", st.last_end);
}

static json_t *alarms_json(const struct boot_services *b)
{
	json_t *list = json_array();

	for (size_t i = 0; i < BOOT_ALARMS; i++) {
		const struct boot_alarm *a = &b->alarms[i];

		if (a->on) /* without memory one is missing; there is nothing better to tell */
			(void)json_array_append_new(
				list, json_pack("{s:s, s:s}", "code", a->code, "text", a->text));
	}
	return list;
}

json_t *boot_services_json(const struct boot_services *b)
{
	json_t *range = b->pxe.proxy ? json_null()
				     : json_pack("[s, s]", address_text(b->pxe.first).s,
					       address_text(b->pxe.last).s);

	return json_pack("{s:s, s:s, s:s, s:o, s:s, s:o, s:[o, o]}", "interface", b->pxe.interface,
		"address", address_text(b->pxe.address).s, "mode", b->pxe.proxy ? "proxy" : "dhcp",
		"range", range, "foreign_dhcp", address_text(b->foreign).s, "alarms",
		alarms_json(b), "services", service_json(b->dnsmasq), service_json(b->tftpd));
}
