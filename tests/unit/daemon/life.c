// SPDX-License-Identifier: Apache-2.0
/* A machine, a cluster and an appliance for the tests of reconcile*.c. */
#include "tests/unit/daemon/life.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "provisioner/daemon/admission.h"
#include "provisioner/daemon/driver.h"
#include "provisioner/daemon/enrolment.h"
#include "provisioner/daemon/joining.h"
#include "provisioner/daemon/progress.h"
#include "provisioner/daemon/reconcile.h"
#include "provisioner/daemon/sightings.h"
#include "provisioner/model/profile.h"

struct life_cluster life_cluster;

static int fake_open(const struct cluster *c, sd_event *loop, struct http_async *http,
	const struct driver_events *events, void **ret, struct error *err)
{
	(void)c;
	(void)loop;
	(void)http;
	(void)err;
	life_cluster.events = *events;
	*ret = &life_cluster;
	return 0;
}

static void fake_close(void *handle)
{
	(void)handle;
}

static int fake_prepare(void *handle, const struct driver_machine *m, driver_done_fn done,
	void *arg, struct error *err)
{
	(void)handle;
	(void)done;
	(void)arg;
	(void)err;
	snprintf(life_cluster.prepared, sizeof(life_cluster.prepared), "%s", m->hostname);
	return 0;
}

static int fake_admit(void *handle, const struct driver_machine *m, const char *csr_pem,
	driver_done_fn done, void *arg, struct error *err)
{
	(void)handle;
	(void)err;
	assert_string_equal(m->registry, "http://10.0.0.1:8080");
	snprintf(life_cluster.csr, sizeof(life_cluster.csr), "%s", csr_pem);
	life_cluster.admitted = done;
	life_cluster.admitted_arg = arg;
	return 0;
}

static int fake_watch(void *handle, struct error *err)
{
	(void)handle;
	(void)err;
	return 0;
}

static int fake_label(void *handle, const struct driver_machine *m, driver_done_fn done, void *arg,
	struct error *err)
{
	(void)handle;
	(void)done;
	(void)arg;
	(void)err;
	snprintf(life_cluster.labelled, sizeof(life_cluster.labelled), "%s", m->hostname);
	return 0;
}

static const struct cluster_driver driver_fake = {
	.name = "fake",
	.wants_csr = true,
	.open = fake_open,
	.close = fake_close,
	.prepare = fake_prepare,
	.admit = fake_admit,
	.watch = fake_watch,
	.label = fake_label,
};
CLUSTER_DRIVER(fake);

static char folder[] = "/tmp/slipway-reconcile-XXXXXX";
static struct options options = { .run_dir = folder, .state_dir = folder, .http_port = 8080 };
struct appliance appliance;
static sd_event *loop;
const struct mac life_mac = { { 0x52, 0x54, 0, 0, 0, 1 } };

static void put_image(void)
{
	static const char config[] = "{\"architecture\":\"amd64\",\"os\":\"linux\"}";
	struct digest digest;
	char text[DIGEST_TEXT_MAX], manifest[512];
	auto_json json_t *entries = NULL;
	struct error err = { 0 };

	assert_int_equal(store_lock(appliance.store, &err), 0);
	assert_int_equal(store_put(appliance.store, config, strlen(config), &digest, &err), 0);
	snprintf(manifest, sizeof(manifest),
		"{\"schemaVersion\":2,\"mediaType\":\"" OCI_TYPE_MANIFEST
		"\",\"config\":{\"mediaType\":"
		"\"" OCI_TYPE_CONFIG "\",\"digest\":\"%s\",\"size\":%zu},\"layers\":[]}",
		digest_format(&digest, text), strlen(config));
	assert_int_equal(store_put(appliance.store, manifest, strlen(manifest), &digest, &err), 0);
	entries = json_pack("[{s:s, s:s, s:I, s:{s:s, s:s}}]", "mediaType", OCI_TYPE_MANIFEST,
		"digest", digest_format(&digest, text), "size", (json_int_t)strlen(manifest),
		"annotations", OCI_NOTE_NAME, "os/debian", OCI_NOTE_KIND, "rootfs");
	assert_int_equal(store_update_index(appliance.store, entries, NULL, NULL, &err), 0);
}

static void put_settings(void)
{
	auto_cluster prod = { .name = "prod", .driver = "fake", .credential = strdup("secret") };
	auto_json json_t *input = json_pack(
		"{s:s, s:s, s:s}", "image", "os/debian", "hostname", "r{n}", "cluster", "prod");
	auto_json json_t *profile = NULL;
	struct error err = { 0 };

	assert_int_equal(joining_set(appliance.joining, &prod, &err), 0);
	assert_int_equal(profile_parse(input, "worker", &profile, &err), 0);
	assert_int_equal(admission_check_profile(&appliance, profile, &err), 0);
	assert_int_equal(state_put_profile(appliance.state, "worker", profile, &err), 0);
	assert_int_equal(state_commit(appliance.state, &err), 0);
}

void life_start(void)
{
	struct error err = { 0 };

	memset(&life_cluster, 0, sizeof(life_cluster));
	assert_int_equal(appliance_open(&appliance, &options, loop, &err), 0);
	assert_int_equal(reconcile_resume(&appliance, &err), 0);
	assert_int_equal(joining_new(&appliance, &appliance.joining, &err), 0);
	assert_int_equal(joining_resume(appliance.joining, &err), 0);
}

int life_begin(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(inet_pton(AF_INET, "10.0.0.1", &options.address), 1);
	assert_int_equal(remove_tree(folder, &err), 0);
	life_start();
	put_image();
	put_settings();
	return 0;
}

int life_end(void **state)
{
	(void)state;
	appliance_close(&appliance);
	return 0;
}

struct member *life_enrol(uint8_t key, const char *holds)
{
	auto_json json_t *inventory = json_pack(
		"{s:s, s:{s:s, s:s}, s:[{s:s}], s:[{s:s, s:s, s:s, s:I, s:[]}]}", "boot_mac",
		"52:54:00:00:00:01", "dmi", "serial", "S-100", "vendor", "Maker", "nics",
		"permanent_mac", "52:54:00:00:00:01", "disks", "name", "sda", "serial", "D1", "bus",
		"sata", "size_bytes", (json_int_t)100 << 30, "holds");
	json_t *disk = json_array_get(json_object_get(inventory, "disks"), 0);
	struct auth_proof proof = { .key = { key } };
	auto_json json_t *reply = NULL;
	struct error err = { 0 };

	if (holds)
		json_array_append_new(json_object_get(disk, "holds"), json_string(holds));
	if (enrolment_accept(&appliance, &proof, inventory, "10.0.0.9", &reply, &err) < 0)
		return NULL;
	return roster_by_id(&appliance.roster, json_str(reply, "machine", ""));
}

void life_dhcp(enum dnsmasq_event_kind kind, int arch, bool ipxe)
{
	struct dnsmasq_event e = { .kind = kind, .arch = arch, .ipxe = ipxe };

	memcpy(e.mac, life_mac.bytes, sizeof(e.mac));
	assert_int_equal(inet_pton(AF_INET, "10.0.0.9", &e.address), 1);
	sighting_dhcp(&appliance, &e);
}

void life_http(enum access_kind kind, bool local)
{
	struct access e = { .kind = kind,
		.address = "10.0.0.9",
		.mac = life_mac,
		.local = local,
		.status = 200,
		.bytes = 1000000,
		.duration_ms = 100 };

	sighting_access(&e, &appliance);
}

void life_netboot(void)
{
	life_dhcp(DNSMASQ_EVENT_DISCOVER, 7, false);
	life_dhcp(DNSMASQ_EVENT_ACK, 7, false);
	life_http(ACCESS_START_SCRIPT, false);
	life_http(ACCESS_NEXT_SCRIPT, boot_table_is_local(appliance.boot, &life_mac));
}

void life_system_dhcp(void)
{
	life_dhcp(DNSMASQ_EVENT_REQUEST, -1, false);
	life_dhcp(DNSMASQ_EVENT_ACK, -1, false);
}

void life_node(bool present, bool ready, const char *boot_id)
{
	struct driver_node n = { "r1", present, ready, ready ? "" : "kubelet stopped", boot_id,
		"v1.20" };

	life_cluster.events.node(&n, life_cluster.events.arg);
}

/* Its agent has lost its power. */
void life_silence(struct member *x)
{
	x->heard_ms -= ENROLMENT_SILENCE_MS;
}

void life_poll(struct member *x)
{
	auto_json json_t *reply = NULL;
	struct error err = { 0 };

	assert_int_equal(progress_plan(&appliance, x, &reply, &err), 0);
}

bool life_report(struct member *x, const char *status, const char *code)
{
	auto_json json_t *body = json_pack("{s:s, s:s, s:s, s:s}", "stage", "write", "status",
		status, "code", code, "detail", "as told");
	struct error err = { 0 };
	bool abort = false;

	assert_int_equal(progress_report(&appliance, x, body, &abort, &err), 0);
	return abort;
}

void life_installed(struct member *x)
{
	auto_json json_t *body = json_pack(
		"{s:{s:s}, s:s, s:[]}", "disk", "serial", "D1", "boot", "reboot", "layers");
	struct error err = { 0 };

	assert_int_equal(progress_installed(&appliance, x, body, &err), 0);
}

/* Up to READY. */
struct member *life_bring_up(void)
{
	struct member *x = life_enrol(1, NULL);
	struct error err = { 0 };

	assert_int_equal(admission_approve(&appliance, x, "worker", &err), 0);
	life_poll(x);
	assert_false(life_report(x, "running", ""));
	life_installed(x);
	life_system_dhcp();
	life_node(true, true, "boot-1");
	assert_int_equal(x->m.state, MACHINE_READY);
	return x;
}

void life_check_stages(struct member *x, const char *const *want)
{
	auto_json json_t *rows = NULL;
	struct error err = { 0 };
	size_t i;
	json_t *row;

	assert_int_equal(timeline_json(&appliance.timeline, x, &rows, &err), 0);
	json_array_foreach (rows, i, row) {
		char text[64];

		if (strcmp(json_str(row, "status", ""), "note") == 0)
			continue;
		assert_non_null(*want);
		snprintf(text, sizeof(text), "%s %s", json_str(row, "stage", ""),
			json_str(row, "status", ""));
		assert_string_equal(text, *want++);
	}
	assert_null(*want);
}

int life_alarms(struct member *x)
{
	auto_json json_t *rows = NULL;
	struct error err = { 0 };
	int count = 0;
	size_t i;
	json_t *row;

	assert_int_equal(timeline_json(&appliance.timeline, x, &rows, &err), 0);
	json_array_foreach (rows, i, row)
		count += strcmp(json_str(row, "status", ""), "alarm") == 0;
	return count;
}
int life_folder_make(void **state)
{
	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	return mkdtemp(folder) && sd_event_new(&loop) >= 0 ? 0 : -1;
}

int life_folder_remove(void **state)
{
	struct error err = { 0 };

	(void)state;
	sd_event_unref(loop);
	return remove_tree(folder, &err);
}
