// SPDX-License-Identifier: Apache-2.0
/*
 * Other DHCP servers are never fought: while one answers, ours is stopped. In proxy mode one is
 * needed, and its absence is what is told.
 */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"
#include "provisioner/daemon/boot_services_impl.h"

#define SOON_MS      5000 /* between look-outs while something is wrong */
#define ALONE_ROUNDS 2    /* without an answer, before ours serves again */

static const char *address_format(struct in_addr a, char out[static INET_ADDRSTRLEN])
{
	return inet_ntop(AF_INET, &a, out, INET_ADDRSTRLEN);
}

static void alarm_set(struct boot_services *b, enum boot_alarm_kind kind, const char *code,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* code NULL: the alarm ends. Told when it begins and when it ends, not again while it lasts. */
static void alarm_set(
	struct boot_services *b, enum boot_alarm_kind kind, const char *code, const char *fmt, ...)
{
	struct boot_alarm *a = &b->alarms[kind];
	bool was_on = a->on;
	va_list ap;

	if (!code && !was_on)
		return;
	va_start(ap, fmt);
	vsnprintf(a->text, sizeof(a->text), fmt, ap);
	va_end(ap);
	a->on = code != NULL;
	if (code)
		snprintf(a->code, sizeof(a->code), "%s", code);
	if (a->on != was_on && b->events.on_alarm)
		b->events.on_alarm(kind, a->on, a->code, a->text, b->events.arg);
}

static int64_t soon_ms(const struct boot_services *b)
{
	return b->watch_ms < SOON_MS ? b->watch_ms : SOON_MS;
}

static int64_t foreign_answers(struct boot_services *b, const struct probe_server *server)
{
	char id[INET_ADDRSTRLEN];

	b->foreign = server->id;
	b->alone = 0;
	if (b->pxe.proxy) {
		alarm_set(b, BOOT_ALARM_NO_DHCP, NULL, "%s gives addresses on %s.",
			address_format(server->id, id), b->pxe.interface);
		return b->watch_ms;
	}
	service_stop(b->dnsmasq);
	alarm_set(b, BOOT_ALARM_FOREIGN_DHCP, "SW-1001",
		"%s serves DHCP on %s as well. Ours is stopped until that ends.",
		address_format(server->id, id), b->pxe.interface);
	return soon_ms(b);
}

static int64_t nobody_answers(struct boot_services *b)
{
	struct error err = { 0 };

	if (b->pxe.proxy) {
		b->foreign.s_addr = 0;
		alarm_set(b, BOOT_ALARM_NO_DHCP, "SW-1007",
			"No DHCP server answers on %s: machines get no address, and with --proxy-dhcp "
			"none comes from here.",
			b->pxe.interface);
		return soon_ms(b);
	}
	if (b->foreign.s_addr && ++b->alone < ALONE_ROUNDS)
		return 0;
	b->foreign.s_addr = 0;
	if (service_start(b->dnsmasq, &err) < 0) {
		log_err(&err, "dnsmasq");
		return soon_ms(b);
	}
	alarm_set(b, BOOT_ALARM_FOREIGN_DHCP, NULL,
		"The other DHCP server on %s is gone. Ours serves again.", b->pxe.interface);
	return b->watch_ms;
}

int64_t boot_foreign_round(
	int outcome, const struct probe_server *server, const struct error *err, void *arg)
{
	struct boot_services *b = arg;

	if (outcome < 0) {
		alarm_set(b, BOOT_ALARM_INTERFACE, err->code[0] ? err->code : "SW-1004", "%s",
			err->text);
		return soon_ms(b);
	}
	alarm_set(b, BOOT_ALARM_INTERFACE, NULL, "%s can be used again.", b->pxe.interface);
	return outcome == PROBE_FOREIGN ? foreign_answers(b, server) : nobody_answers(b);
}
