// SPDX-License-Identifier: Apache-2.0
/* The admin API's overview: status, images, events. */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/version.h"
#include "provisioner/daemon/http_admin.h"
#include "provisioner/daemon/planning.h"
#include "provisioner/daemon/services.h"
#include "provisioner/daemon/sse.h"

static json_t *count_states(const struct appliance *a)
{
	size_t counts[MACHINE_STATE_COUNT] = { 0 };
	json_t *value = json_object();

	for (size_t i = 0; i < a->roster.count; i++)
		counts[a->roster.members[i]->m.state]++;
	for (unsigned s = 0; s < MACHINE_STATE_COUNT; s++)
		json_object_set_new(value, machine_state_name((enum machine_state)s),
			json_integer((json_int_t)counts[s]));
	return value;
}

void admin_status_show(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	char pin[DIGEST_TEXT_MAX];
	json_t *boot = services_json(a);

	(void)m;
	http_answer_json(x, 200,
		json_pack("{s:s, s:s, s:s, s:i, s:i, s:s, s:s, s:I, s:o, s:o}", "version",
			SLIPWAY_VERSION, "interface", a->options->iface, "address", a->address,
			"http_port", a->options->http_port, "machine_port",
			a->options->machine_port, "state_dir", a->options->state_dir, "pin",
			digest_format(&a->identity.pin, pin), "started_ms",
			(json_int_t)a->started_ms, "machines", count_states(a), "boot",
			boot ? boot : json_null()));
}

static json_t *image_json(struct appliance *a, const char *name)
{
	auto_os_image image = { 0 };
	char manifest[DIGEST_TEXT_MAX];
	struct error none;

	if (planning_find_image(a, name, &image, &none) < 0)
		return NULL;
	return json_pack("{s:s, s:s, s:s, s:s, s:I}", "name", name, "repository", image.repository,
		"manifest", digest_format(&image.manifest, manifest), "kind", image.kind,
		"size_bytes", (json_int_t)image.min_disk_bytes);
}

/* Names first, for looking into an image may move the store's list. */
static int list_names(struct appliance *a, json_t *names, struct error *err)
{
	const struct store_entry *entries;
	size_t count;
	int r = store_list(a->store, &entries, &count, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		if (os_image_is(&entries[i]))
			json_array_append_new(names, json_string(entries[i].name));
	}
	return 0;
}

void admin_images_list(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	auto_json json_t *names = json_array();
	json_t *items, *name;
	struct error err = { 0 };
	size_t i;

	(void)m;
	if (list_names(a, names, &err) < 0) {
		http_answer_error(x, &err);
		return;
	}
	items = json_array();
	json_array_foreach (names, i, name) {
		json_t *image = image_json(a, json_string_value(name));

		if (image)
			json_array_append_new(items, image);
	}
	http_answer_json(x, 200, json_pack("{s:o}", "items", items));
}

void admin_events_follow(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	const char *after = http_query(x, "after");

	(void)m;
	sse_answer(x, a->events,
		after && *after >= '0' && *after <= '9' ? strtoll(after, NULL, 10) : 0);
}
