// SPDX-License-Identifier: Apache-2.0
/* Options in, sightings out. */
#include "provisioner/daemon/services.h"

#include "base/log.h"
#include "provisioner/daemon/boot_services.h"
#include "provisioner/daemon/sightings.h"

static void on_ready(void *arg)
{
	struct appliance *a = arg;

	a->on_ready(a);
}

static void on_dhcp(const struct dnsmasq_event *event, void *arg)
{
	sighting_dhcp(arg, event);
}

static void on_tftp(const struct tftpd_event *event, void *arg)
{
	sighting_tftp(arg, event);
}

static void on_alarm(
	enum boot_alarm_kind kind, bool on, const char *code, const char *text, void *arg)
{
	struct appliance *a = arg;

	(void)kind;
	if (on)
		log_warn("%s %s", code, text);
	else
		log_info("over: %s %s", code, text);
	events_publish(a->events, "alarm",
		json_pack("{s:s, s:b, s:s}", "code", code, "on", on, "text", text));
}

int services_open(struct appliance *a, struct error *err)
{
	const struct options *o = a->options;
	const struct boot_config config = {
		.interface = o->iface,
		.address = o->address,
		.state_dir = o->state_dir,
		.run_dir = o->run_dir,
		.proxy = o->proxy_dhcp,
		.first = o->range_first,
		.last = o->range_last,
		.http_port = o->http_port,
	};
	const struct boot_events events = { .on_ready = on_ready,
		.on_dhcp = on_dhcp,
		.on_tftp = on_tftp,
		.on_alarm = on_alarm,
		.arg = a };

	if (o->no_dhcp)
		return 0;
	return boot_services_new(a->loop, &config, &events, &a->services, err);
}

int services_start(struct appliance *a, struct error *err)
{
	if (a->services)
		return boot_services_start(a->services, err);
	a->on_ready(a);
	return 0;
}

void services_close(struct appliance *a)
{
	if (a->services)
		boot_services_free(a->services);
	a->services = NULL;
}

json_t *services_json(struct appliance *a)
{
	return a->services ? boot_services_json(a->services) : NULL;
}
