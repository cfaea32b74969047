// SPDX-License-Identifier: Apache-2.0
/* A machine's way from power to Ready, and what is told where it gets stuck. */
#include "tests/unit/daemon/life.h"

#include <arpa/inet.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "provisioner/daemon/admission.h"
#include "provisioner/daemon/driver.h"
#include "provisioner/daemon/joining.h"
#include "provisioner/daemon/overdue.h"
#include "provisioner/daemon/reconcile.h"
#include "provisioner/daemon/sightings.h"

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
	life_dhcp(DNSMASQ_EVENT_DISCOVER, 7, false);
	life_dhcp(DNSMASQ_EVENT_OFFER, 7, false);
	life_dhcp(DNSMASQ_EVENT_ACK, 7, false);
	assert_int_equal(inet_pton(AF_INET, "10.0.0.9", &tftp.address), 1);
	sighting_tftp(&appliance, &tftp);
	life_dhcp(DNSMASQ_EVENT_DISCOVER, 7, true);
	life_dhcp(DNSMASQ_EVENT_ACK, 7, true);
	life_http(ACCESS_START_SCRIPT, false);
	life_http(ACCESS_NEXT_SCRIPT, false);
	life_http(ACCESS_KERNEL, false);
	life_http(ACCESS_INITRD, false);
	life_dhcp(DNSMASQ_EVENT_DISCOVER, -1, false);
	life_dhcp(DNSMASQ_EVENT_ACK, -1, false);
	x = life_enrol(1, NULL);
	assert_ptr_equal(x, roster_by_mac(&appliance.roster, &life_mac));
	assert_int_equal(appliance.roster.count, 1);
	assert_int_equal(admission_approve(&appliance, x, "worker", &err), 0);
	assert_string_equal(life_cluster.prepared, "r1");
	life_poll(x);
	(void)life_report(x, "running", "");
	assert_int_equal(joining_request(appliance.joining, x, "pem", &err), 0);
	assert_int_equal(joining_result(appliance.joining, x, &files, &err), 0);
	life_cluster.admitted(issued, NULL, life_cluster.admitted_arg);
	assert_int_equal(joining_result(appliance.joining, x, &files, &err), 1);
	life_installed(x);
	assert_true(boot_table_is_local(appliance.boot, &life_mac));
	assert_int_equal(x->m.state, MACHINE_BOOTING);
	life_system_dhcp();
	assert_int_equal(x->m.state, MACHINE_JOINING);
	life_node(true, false, "boot-1");
	assert_string_equal(x->m.reason, "kubelet stopped");
	assert_string_equal(life_cluster.labelled, ""); /* not from within the driver's call */
	assert_true(sd_event_run(appliance.loop, 0) >= 0);
	assert_string_equal(life_cluster.labelled, "r1");
	life_node(true, true, "boot-1");
	assert_int_equal(x->m.state, MACHINE_READY);
	assert_string_equal(x->m.reason, "");
	life_check_stages(x, want);
}

/* Until the cluster has noticed, the Node is still called Ready as it was before the reboot. */
static void test_reboot_comes_back(void **state)
{
	struct member *x = life_bring_up();
	int64_t seq = x->m.plan_seq;

	(void)state;
	life_netboot();
	assert_int_equal(x->m.state, MACHINE_BOOTING);
	assert_int_equal(x->m.stage, STAGE_BOOT);
	life_node(true, true, "boot-1");
	assert_int_equal(x->m.state, MACHINE_BOOTING);
	life_system_dhcp();
	life_node(true, true, "boot-1");
	assert_int_equal(x->m.state, MACHINE_JOINING);
	life_node(true, true, "boot-2");
	assert_int_equal(x->m.state, MACHINE_READY);
	assert_int_equal(x->m.plan_seq, seq);
}

static void test_unreachable_cluster_is_told(void **state)
{
	struct member *x = life_bring_up();
	struct error err = {
		.number = -EHOSTUNREACH, .code = "SW-4003", .text = "no route to prod"
	};

	(void)state;
	life_node(true, false, "boot-1");
	life_cluster.events.reachable(&err, life_cluster.events.arg);
	assert_string_equal(x->m.reason, "no route to prod");
	life_cluster.events.reachable(NULL, life_cluster.events.arg);
	assert_string_equal(x->m.reason, "");
}

/* Told once a boot, also over a restart; it joins later all the same. */
static void test_machine_that_does_not_join_is_told(void **state)
{
	struct member *x = life_enrol(1, NULL);
	struct error err = { 0 };
	int64_t late;

	(void)state;
	assert_int_equal(admission_approve(&appliance, x, "worker", &err), 0);
	life_poll(x);
	life_installed(x);
	late = x->m.stage_ms + OVERDUE_MS + 1;
	overdue_look(&appliance, late - 1);
	assert_int_equal(life_alarms(x), 0);
	overdue_look(&appliance, late);
	overdue_look(&appliance, late + 1000);
	assert_int_equal(life_alarms(x), 1);
	assert_string_equal(x->m.failure_code, "SW-4002");
	assert_non_null(strstr(x->m.reason, "did not join 'prod' in 5 min"));
	assert_int_equal(state_commit(appliance.state, &err), 0);
	appliance_close(&appliance);
	life_start();
	x = roster_by_name(&appliance.roster, "r1");
	overdue_look(&appliance, late + 2000);
	assert_int_equal(life_alarms(x), 1);
	life_system_dhcp();
	assert_string_equal(x->m.failure_code, "");
	life_node(true, false, "boot-1");
	overdue_look(&appliance, x->m.stage_ms + OVERDUE_MS + 1);
	assert_int_equal(life_alarms(x), 2);
	assert_string_equal(x->m.reason, "kubelet stopped");
	life_node(true, true, "boot-1");
	assert_int_equal(x->m.state, MACHINE_READY);
	assert_string_equal(x->m.failure_code, "");
}

static void test_node_lost_and_back(void **state)
{
	struct member *x = life_bring_up();

	(void)state;
	life_node(true, false, "boot-1");
	assert_int_equal(x->m.state, MACHINE_JOINING);
	life_node(true, true, "boot-1");
	assert_int_equal(x->m.state, MACHINE_READY);
	life_node(false, false, "");
	assert_int_equal(x->m.state, MACHINE_JOINING);
}

static void test_firmware_that_cannot_boot_the_disk_is_parked(void **state)
{
	struct member *x = life_bring_up();

	(void)state;
	for (int i = 0; i < MACHINE_SAME_FAILURES_MAX; i++) {
		life_netboot();
		assert_int_equal(x->m.state, MACHINE_BOOTING);
	}
	life_netboot();
	assert_int_equal(x->m.state, MACHINE_PARKED);
	assert_string_equal(x->m.failure_code, "SW-3020");
	assert_true(boot_table_is_local(appliance.boot, &life_mac));
	life_system_dhcp();
	assert_int_equal(x->m.state, MACHINE_JOINING);
	assert_string_equal(x->m.reason, "");
}

static void test_same_failure_three_times_is_parked(void **state)
{
	struct member *x = life_enrol(1, NULL);
	struct error err = { 0 };

	(void)state;
	assert_int_equal(admission_approve(&appliance, x, "worker", &err), 0);
	for (int i = 1; i <= MACHINE_SAME_FAILURES_MAX; i++) {
		int64_t seq = x->m.plan_seq;

		(void)life_report(x, "running", "");
		assert_true(life_report(x, "failed", "SW-3010"));
		if (i == MACHINE_SAME_FAILURES_MAX)
			break;
		assert_int_equal(x->m.state, MACHINE_FAILED);
		assert_non_null(x->retry);
		assert_true(reconcile_event(&appliance, x, MACHINE_RETRY, now_ms()));
		assert_int_equal(x->m.plan_seq, seq + 1);
	}
	assert_int_equal(x->m.state, MACHINE_PARKED);
	assert_null(x->retry);
	assert_int_equal(admission_approve(&appliance, x, "worker", &err), 0);
	assert_int_equal(x->m.state, MACHINE_APPROVED);
	assert_int_equal(x->m.failures, 0);
}

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
	};

	return cmocka_run_group_tests(tests, life_folder_make, life_folder_remove);
}
