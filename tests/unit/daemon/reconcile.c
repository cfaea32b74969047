// SPDX-License-Identifier: Apache-2.0
/* A machine's whole life with everything real but the network and the cluster. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "provisioner/daemon/admission.h"
#include "provisioner/daemon/driver.h"
#include "provisioner/daemon/durable.h"
#include "provisioner/daemon/enrolment.h"
#include "provisioner/daemon/joining.h"
#include "provisioner/daemon/overdue.h"
#include "provisioner/daemon/progress.h"
#include "provisioner/daemon/reconcile.h"
#include "provisioner/daemon/sightings.h"
#include "provisioner/model/profile.h"

/* A cluster that does what the test says, when it says so. */
static struct {
	struct driver_events events;
	driver_done_fn admitted;
	void *admitted_arg;
	char prepared[64];
	char labelled[64];
	char csr[64];
} cluster;

static int fake_open(const struct cluster *c, sd_event *loop, struct http_async *http,
	const struct driver_events *events, void **ret, struct error *err)
{
	(void)c;
	(void)loop;
	(void)http;
	(void)err;
	cluster.events = *events;
	*ret = &cluster;
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
	snprintf(cluster.prepared, sizeof(cluster.prepared), "%s", m->hostname);
	return 0;
}

static int fake_admit(void *handle, const struct driver_machine *m, const char *csr_pem,
	driver_done_fn done, void *arg, struct error *err)
{
	(void)handle;
	(void)err;
	assert_string_equal(m->registry, "http://10.0.0.1:8080");
	snprintf(cluster.csr, sizeof(cluster.csr), "%s", csr_pem);
	cluster.admitted = done;
	cluster.admitted_arg = arg;
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
	snprintf(cluster.labelled, sizeof(cluster.labelled), "%s", m->hostname);
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
static struct appliance a;
static sd_event *loop;
static const struct mac mac = { { 0x52, 0x54, 0, 0, 0, 1 } };

static void put_image(void)
{
	static const char config[] = "{\"architecture\":\"amd64\",\"os\":\"linux\"}";
	struct digest digest;
	char text[DIGEST_TEXT_MAX], manifest[512];
	auto_json json_t *entries = NULL;
	struct error err = { 0 };

	assert_int_equal(store_lock(a.store, &err), 0);
	assert_int_equal(store_put(a.store, config, strlen(config), &digest, &err), 0);
	snprintf(manifest, sizeof(manifest),
		"{\"schemaVersion\":2,\"mediaType\":\"" OCI_TYPE_MANIFEST
		"\",\"config\":{\"mediaType\":"
		"\"" OCI_TYPE_CONFIG "\",\"digest\":\"%s\",\"size\":%zu},\"layers\":[]}",
		digest_format(&digest, text), strlen(config));
	assert_int_equal(store_put(a.store, manifest, strlen(manifest), &digest, &err), 0);
	entries = json_pack("[{s:s, s:s, s:I, s:{s:s, s:s}}]", "mediaType", OCI_TYPE_MANIFEST,
		"digest", digest_format(&digest, text), "size", (json_int_t)strlen(manifest),
		"annotations", OCI_NOTE_NAME, "os/debian", OCI_NOTE_KIND, "rootfs");
	assert_int_equal(store_update_index(a.store, entries, NULL, NULL, &err), 0);
}

static void put_settings(void)
{
	auto_cluster prod = { .name = "prod", .driver = "fake", .credential = strdup("secret") };
	auto_json json_t *input = json_pack(
		"{s:s, s:s, s:s}", "image", "os/debian", "hostname", "r{n}", "cluster", "prod");
	auto_json json_t *profile = NULL;
	struct error err = { 0 };

	assert_int_equal(joining_set(a.joining, &prod, &err), 0);
	assert_int_equal(profile_parse(input, "worker", &profile, &err), 0);
	assert_int_equal(admission_check_profile(&a, profile, &err), 0);
	assert_int_equal(state_put_profile(a.state, "worker", profile, &err), 0);
	assert_int_equal(state_commit(a.state, &err), 0);
}

static void start(void)
{
	struct error err = { 0 };

	memset(&cluster, 0, sizeof(cluster));
	assert_int_equal(appliance_open(&a, &options, loop, &err), 0);
	assert_int_equal(reconcile_resume(&a, &err), 0);
	assert_int_equal(joining_new(&a, &a.joining, &err), 0);
	assert_int_equal(joining_resume(a.joining, &err), 0);
}

static int set_up(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(inet_pton(AF_INET, "10.0.0.1", &options.address), 1);
	assert_int_equal(remove_tree(folder, &err), 0);
	start();
	put_image();
	put_settings();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	appliance_close(&a);
	return 0;
}

static struct member *enrol(uint8_t key, const char *holds)
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
	if (enrolment_accept(&a, &proof, inventory, "10.0.0.9", &reply, &err) < 0)
		return NULL;
	return roster_by_id(&a.roster, json_str(reply, "machine", ""));
}

static void dhcp(enum dnsmasq_event_kind kind, int arch, bool ipxe)
{
	struct dnsmasq_event e = { .kind = kind, .arch = arch, .ipxe = ipxe };

	memcpy(e.mac, mac.bytes, sizeof(e.mac));
	assert_int_equal(inet_pton(AF_INET, "10.0.0.9", &e.address), 1);
	sighting_dhcp(&a, &e);
}

static void http(enum access_kind kind, bool local)
{
	struct access e = { .kind = kind,
		.address = "10.0.0.9",
		.mac = mac,
		.local = local,
		.status = 200,
		.bytes = 1000000,
		.duration_ms = 100 };

	sighting_access(&e, &a);
}

static void netboot(void)
{
	dhcp(DNSMASQ_EVENT_DISCOVER, 7, false);
	dhcp(DNSMASQ_EVENT_ACK, 7, false);
	http(ACCESS_START_SCRIPT, false);
	http(ACCESS_NEXT_SCRIPT, boot_table_is_local(a.boot, &mac));
}

static void system_dhcp(void)
{
	dhcp(DNSMASQ_EVENT_REQUEST, -1, false);
	dhcp(DNSMASQ_EVENT_ACK, -1, false);
}

static void node(bool present, bool ready, const char *boot_id)
{
	struct driver_node n = { "r1", present, ready, ready ? "" : "kubelet stopped", boot_id,
		"v1.20" };

	cluster.events.node(&n, cluster.events.arg);
}

/* Its agent has lost its power. */
static void silence(struct member *x)
{
	x->heard_ms -= ENROLMENT_SILENCE_MS;
}

static void poll(struct member *x)
{
	auto_json json_t *reply = NULL;
	struct error err = { 0 };

	assert_int_equal(progress_plan(&a, x, &reply, &err), 0);
}

static bool report(struct member *x, const char *status, const char *code)
{
	auto_json json_t *body = json_pack("{s:s, s:s, s:s, s:s}", "stage", "write", "status",
		status, "code", code, "detail", "as told");
	struct error err = { 0 };
	bool abort = false;

	assert_int_equal(progress_report(&a, x, body, &abort, &err), 0);
	return abort;
}

static void installed(struct member *x)
{
	auto_json json_t *body = json_pack(
		"{s:{s:s}, s:s, s:[]}", "disk", "serial", "D1", "boot", "reboot", "layers");
	struct error err = { 0 };

	assert_int_equal(progress_installed(&a, x, body, &err), 0);
}

/* Up to READY. */
static struct member *bring_up(void)
{
	struct member *x = enrol(1, NULL);
	struct error err = { 0 };

	assert_int_equal(admission_approve(&a, x, "worker", &err), 0);
	poll(x);
	assert_false(report(x, "running", ""));
	installed(x);
	system_dhcp();
	node(true, true, "boot-1");
	assert_int_equal(x->m.state, MACHINE_READY);
	return x;
}

static void check_stages(struct member *x, const char *const *want)
{
	auto_json json_t *rows = NULL;
	struct error err = { 0 };
	size_t i;
	json_t *row;

	assert_int_equal(timeline_json(&a.timeline, x, &rows, &err), 0);
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

static void test_from_power_to_ready(void **state)
{
	static const char *const want[] = { "dhcp done", "tftp done", "ipxe done", "kernel done",
		"agent done", "enrol done", "approve done", "write done", "boot done", "join done",
		"ready done", NULL };
	struct tftpd_event tftp = { .kind = TFTPD_EVENT_READ, .text = "snponly.efi" };
	auto_json json_t *files = NULL;
	auto_json json_t *issued = json_pack("[{s:s}]", "path", "/etc/kubernetes/kubelet.conf");
	struct error err = { 0 };
	struct member *x;

	(void)state;
	dhcp(DNSMASQ_EVENT_DISCOVER, 7, false);
	dhcp(DNSMASQ_EVENT_OFFER, 7, false);
	dhcp(DNSMASQ_EVENT_ACK, 7, false);
	assert_int_equal(inet_pton(AF_INET, "10.0.0.9", &tftp.address), 1);
	sighting_tftp(&a, &tftp);
	dhcp(DNSMASQ_EVENT_DISCOVER, 7, true);
	dhcp(DNSMASQ_EVENT_ACK, 7, true);
	http(ACCESS_START_SCRIPT, false);
	http(ACCESS_NEXT_SCRIPT, false);
	http(ACCESS_KERNEL, false);
	http(ACCESS_INITRD, false);
	dhcp(DNSMASQ_EVENT_DISCOVER, -1, false);
	dhcp(DNSMASQ_EVENT_ACK, -1, false);
	x = enrol(1, NULL);
	assert_ptr_equal(x, roster_by_mac(&a.roster, &mac));
	assert_int_equal(a.roster.count, 1);
	assert_int_equal(admission_approve(&a, x, "worker", &err), 0);
	assert_string_equal(cluster.prepared, "r1");
	poll(x);
	(void)report(x, "running", "");
	assert_int_equal(joining_request(a.joining, x, "pem", &err), 0);
	assert_int_equal(joining_result(a.joining, x, &files, &err), 0);
	cluster.admitted(issued, NULL, cluster.admitted_arg);
	assert_int_equal(joining_result(a.joining, x, &files, &err), 1);
	installed(x);
	assert_true(boot_table_is_local(a.boot, &mac));
	assert_int_equal(x->m.state, MACHINE_BOOTING);
	system_dhcp();
	assert_int_equal(x->m.state, MACHINE_JOINING);
	node(true, false, "boot-1");
	assert_string_equal(x->m.reason, "kubelet stopped");
	assert_string_equal(cluster.labelled, ""); /* not from within the driver's call */
	assert_true(sd_event_run(loop, 0) >= 0);
	assert_string_equal(cluster.labelled, "r1");
	node(true, true, "boot-1");
	assert_int_equal(x->m.state, MACHINE_READY);
	assert_string_equal(x->m.reason, "");
	check_stages(x, want);
}

static int count_alarms(struct member *x)
{
	auto_json json_t *rows = NULL;
	struct error err = { 0 };
	int count = 0;
	size_t i;
	json_t *row;

	assert_int_equal(timeline_json(&a.timeline, x, &rows, &err), 0);
	json_array_foreach (rows, i, row)
		count += strcmp(json_str(row, "status", ""), "alarm") == 0;
	return count;
}

/* Until the cluster has noticed, the Node is still called Ready as it was before the reboot. */
static void test_reboot_comes_back(void **state)
{
	struct member *x = bring_up();
	int64_t seq = x->m.plan_seq;

	(void)state;
	netboot();
	assert_int_equal(x->m.state, MACHINE_BOOTING);
	assert_int_equal(x->m.stage, STAGE_BOOT);
	node(true, true, "boot-1");
	assert_int_equal(x->m.state, MACHINE_BOOTING);
	system_dhcp();
	node(true, true, "boot-1");
	assert_int_equal(x->m.state, MACHINE_JOINING);
	node(true, true, "boot-2");
	assert_int_equal(x->m.state, MACHINE_READY);
	assert_int_equal(x->m.plan_seq, seq);
}

static void test_unreachable_cluster_is_told(void **state)
{
	struct member *x = bring_up();
	struct error err = {
		.number = -EHOSTUNREACH, .code = "SW-4003", .text = "no route to prod"
	};

	(void)state;
	node(true, false, "boot-1");
	cluster.events.reachable(&err, cluster.events.arg);
	assert_string_equal(x->m.reason, "no route to prod");
	cluster.events.reachable(NULL, cluster.events.arg);
	assert_string_equal(x->m.reason, "");
}

/* Told once a boot, also over a restart; it joins later all the same. */
static void test_machine_that_does_not_join_is_told(void **state)
{
	struct member *x = enrol(1, NULL);
	struct error err = { 0 };
	int64_t late;

	(void)state;
	assert_int_equal(admission_approve(&a, x, "worker", &err), 0);
	poll(x);
	installed(x);
	late = x->m.stage_ms + OVERDUE_MS + 1;
	overdue_look(&a, late - 1);
	assert_int_equal(count_alarms(x), 0);
	overdue_look(&a, late);
	overdue_look(&a, late + 1000);
	assert_int_equal(count_alarms(x), 1);
	assert_string_equal(x->m.failure_code, "SW-4002");
	assert_non_null(strstr(x->m.reason, "did not join 'prod' in 5 min"));
	assert_int_equal(state_commit(a.state, &err), 0);
	appliance_close(&a);
	start();
	x = roster_by_name(&a.roster, "r1");
	overdue_look(&a, late + 2000);
	assert_int_equal(count_alarms(x), 1);
	system_dhcp();
	assert_string_equal(x->m.failure_code, "");
	node(true, false, "boot-1");
	overdue_look(&a, x->m.stage_ms + OVERDUE_MS + 1);
	assert_int_equal(count_alarms(x), 2);
	assert_string_equal(x->m.reason, "kubelet stopped");
	node(true, true, "boot-1");
	assert_int_equal(x->m.state, MACHINE_READY);
	assert_string_equal(x->m.failure_code, "");
}

static void test_node_lost_and_back(void **state)
{
	struct member *x = bring_up();

	(void)state;
	node(true, false, "boot-1");
	assert_int_equal(x->m.state, MACHINE_JOINING);
	node(true, true, "boot-1");
	assert_int_equal(x->m.state, MACHINE_READY);
	node(false, false, "");
	assert_int_equal(x->m.state, MACHINE_JOINING);
}

static void test_firmware_that_cannot_boot_the_disk_is_parked(void **state)
{
	struct member *x = bring_up();

	(void)state;
	for (int i = 0; i < MACHINE_SAME_FAILURES_MAX; i++) {
		netboot();
		assert_int_equal(x->m.state, MACHINE_BOOTING);
	}
	netboot();
	assert_int_equal(x->m.state, MACHINE_PARKED);
	assert_string_equal(x->m.failure_code, "SW-3020");
	assert_true(boot_table_is_local(a.boot, &mac));
	system_dhcp();
	assert_int_equal(x->m.state, MACHINE_JOINING);
	assert_string_equal(x->m.reason, "");
}

static void test_same_failure_three_times_is_parked(void **state)
{
	struct member *x = enrol(1, NULL);
	struct error err = { 0 };

	(void)state;
	assert_int_equal(admission_approve(&a, x, "worker", &err), 0);
	for (int i = 1; i <= MACHINE_SAME_FAILURES_MAX; i++) {
		int64_t seq = x->m.plan_seq;

		(void)report(x, "running", "");
		assert_true(report(x, "failed", "SW-3010"));
		if (i == MACHINE_SAME_FAILURES_MAX)
			break;
		assert_int_equal(x->m.state, MACHINE_FAILED);
		assert_non_null(x->retry);
		assert_true(reconcile_event(&a, x, MACHINE_RETRY, now_ms()));
		assert_int_equal(x->m.plan_seq, seq + 1);
	}
	assert_int_equal(x->m.state, MACHINE_PARKED);
	assert_null(x->retry);
	assert_int_equal(admission_approve(&a, x, "worker", &err), 0);
	assert_int_equal(x->m.state, MACHINE_APPROVED);
	assert_int_equal(x->m.failures, 0);
}

/* Whatever state: an agent that is alive keeps its machine, and a flood is one alarm. */
static void test_new_key_of_a_machine_whose_agent_is_alive(void **state)
{
	struct member *x = enrol(1, NULL);
	struct error err = { 0 };

	(void)state;
	assert_null(enrol(2, NULL));
	assert_int_equal(admission_approve(&a, x, "worker", &err), 0);
	poll(x);
	(void)report(x, "running", "");
	for (uint8_t key = 2; key < 100; key++)
		assert_null(enrol(key, NULL));
	assert_int_equal(x->m.state, MACHINE_WRITING);
	assert_int_equal(x->m.key[0], 1);
	assert_int_equal(count_alarms(x), 1);
	x->alarm_ms -= 60000;
	assert_null(enrol(2, NULL));
	assert_int_equal(count_alarms(x), 2);
	assert_ptr_equal(enrol(1, NULL), x);
	silence(x);
	assert_ptr_equal(enrol(2, NULL), x);
	assert_int_equal(x->m.state, MACHINE_APPROVED);
}

/* After a start of ours nobody has spoken yet. */
static void test_new_key_after_a_restart(void **state)
{
	struct member *x = enrol(1, NULL);

	(void)state;
	silence(x);
	appliance_close(&a);
	start();
	assert_null(enrol(2, NULL));
	a.opened_ms -= ENROLMENT_SILENCE_MS;
	assert_non_null(enrol(2, NULL));
}

/* A write that was cut off: our own leavings on the disk do not count as data. */
static void test_power_cut_in_the_write(void **state)
{
	struct member *x = enrol(1, NULL), *again;
	auto_json json_t *plan = NULL;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(admission_approve(&a, x, "worker", &err), 0);
	poll(x);
	(void)report(x, "running", "");
	netboot();
	assert_int_equal(x->m.state, MACHINE_WRITING);
	silence(x);
	again = enrol(2, "gpt");
	assert_ptr_equal(again, x);
	assert_int_equal(x->m.state, MACHINE_APPROVED);
	assert_int_equal(state_get_plan(a.state, x->m.id, &plan, &err), 0);
	assert_string_equal(json_str(json_object_get(plan, "disk"), "resume", ""), "D1");
}

static void test_refused_certificate(void **state)
{
	struct member *x = enrol(1, NULL);
	struct error refusal = { .number = -EACCES, .code = "SW-4011", .text = "wrong name" };
	json_t *files = NULL;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(admission_approve(&a, x, "worker", &err), 0);
	assert_int_equal(joining_request(a.joining, x, "pem", &err), 0);
	cluster.admitted(NULL, &refusal, cluster.admitted_arg);
	assert_true(joining_result(a.joining, x, &files, &err) < 0);
	assert_string_equal(err.code, "SW-4011");
}

/* What was under way goes on after a restart, the certificate request included. */
static void test_restart(void **state)
{
	struct member *x = enrol(1, NULL);
	struct error err = { 0 };
	int64_t stage_ms;

	(void)state;
	assert_int_equal(admission_approve(&a, x, "worker", &err), 0);
	poll(x);
	(void)report(x, "running", "");
	assert_int_equal(joining_request(a.joining, x, "pem", &err), 0);
	stage_ms = x->m.stage_ms;
	appliance_close(&a);
	start();
	x = roster_by_name(&a.roster, "r1");
	assert_int_equal(x->m.state, MACHINE_WRITING);
	assert_int_equal(x->m.stage_ms, stage_ms);
	assert_true(x->row.open);
	assert_string_equal(cluster.csr, "pem");
	assert_true(x->admitting);
	installed(x);
	appliance_close(&a);
	start();
	assert_true(boot_table_is_local(a.boot, &mac));
}

/* No write gets to the disk while the limit is there. */
static void fill_disk(bool full)
{
	struct rlimit limit = { 0 };

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = full ? 0 : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void check_commit(bool good)
{
	struct error err = { 0 };

	assert_int_equal(durable_commit(&a, &err) == 0, good);
}

/* On a full disk memory goes back to what the database has, and what is asked for again works. */
static void test_full_disk(void **state)
{
	static const char window[] = "{\"count\": 5, \"for_s\": 60}";
	struct member *x = enrol(1, NULL);
	auto_json json_t *input = NULL;
	struct error err = { 0 };
	struct window w;
	char id[MACHINE_ID_MAX];

	(void)state;
	snprintf(id, sizeof(id), "%s", x->m.id);
	fill_disk(true);
	check_commit(false);
	assert_int_equal(a.roster.count, 0);
	fill_disk(false);
	x = enrol(1, NULL);
	assert_string_not_equal(x->m.id, id);
	check_commit(true);

	fill_disk(true);
	assert_int_equal(admission_approve(&a, x, "worker", &err), 0);
	assert_int_equal(json_read(window, strlen(window), &input, &err), 0);
	assert_int_equal(admission_open(&a, input, &w, &err), 0);
	check_commit(false);
	assert_int_equal(x->m.state, MACHINE_PENDING);
	assert_int_equal(x->m.stage, STAGE_APPROVE);
	assert_true(x->row.open);
	assert_int_equal(a.windows_n, 0);
	assert_ptr_equal(roster_by_key(&a.roster, x->m.key), x);
	assert_true(reconcile_remove(&a, x, &err) < 0);
	assert_int_equal(a.roster.count, 1);
	fill_disk(false);
	assert_int_equal(admission_approve(&a, x, "worker", &err), 0);
	poll(x);
	assert_int_equal(joining_request(a.joining, x, "pem", &err), 0);
	check_commit(true);

	fill_disk(true);
	installed(x);
	assert_true(boot_table_is_local(a.boot, &mac));
	check_commit(false);
	assert_int_equal(x->m.state, MACHINE_APPROVED);
	assert_false(boot_table_is_local(a.boot, &mac));
	fill_disk(false);
	installed(x);
	check_commit(true);
	assert_int_equal(x->m.state, MACHINE_BOOTING);
	appliance_close(&a);
	start();
	assert_int_equal(roster_by_name(&a.roster, "r1")->m.state, MACHINE_BOOTING);
}

/* A certificate that came while it could not be kept is asked for again. */
static void test_certificate_on_a_full_disk(void **state)
{
	struct member *x = enrol(1, NULL);
	auto_json json_t *issued = json_pack("[{s:s}]", "path", "/etc/kubernetes/kubelet.conf");
	auto_json json_t *files = NULL;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(admission_approve(&a, x, "worker", &err), 0);
	assert_int_equal(joining_request(a.joining, x, "pem", &err), 0);
	check_commit(true);
	fill_disk(true);
	cluster.csr[0] = 0;
	cluster.admitted(issued, NULL, cluster.admitted_arg);
	check_commit(false);
	fill_disk(false);
	assert_string_equal(cluster.csr, "pem");
	assert_true(x->admitting);
	cluster.admitted(issued, NULL, cluster.admitted_arg);
	check_commit(true);
	assert_int_equal(joining_result(a.joining, x, &files, &err), 1);
}

static void test_forgotten(void **state)
{
	struct member *x = bring_up();
	struct error err = { 0 };

	(void)state;
	assert_int_equal(reconcile_remove(&a, x, &err), 0);
	assert_int_equal(a.roster.count, 0);
	assert_false(boot_table_is_local(a.boot, &mac));
	node(true, true, "boot-2");
	system_dhcp();
	assert_int_equal(a.roster.count, 0);
	x = enrol(3, "ext4");
	assert_int_equal(x->m.state, MACHINE_PENDING);
}

static int make_folder(void **state)
{
	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	return mkdtemp(folder) && sd_event_new(&loop) >= 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
	struct error err = { 0 };

	(void)state;
	sd_event_unref(loop);
	return remove_tree(folder, &err);
}

#define life(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		life(test_from_power_to_ready),
		life(test_reboot_comes_back),
		life(test_unreachable_cluster_is_told),
		life(test_machine_that_does_not_join_is_told),
		life(test_node_lost_and_back),
		life(test_firmware_that_cannot_boot_the_disk_is_parked),
		life(test_same_failure_three_times_is_parked),
		life(test_new_key_of_a_machine_whose_agent_is_alive),
		life(test_new_key_after_a_restart),
		life(test_power_cut_in_the_write),
		life(test_refused_certificate),
		life(test_restart),
		life(test_full_disk),
		life(test_certificate_on_a_full_disk),
		life(test_forgotten),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
