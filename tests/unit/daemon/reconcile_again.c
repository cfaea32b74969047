// SPDX-License-Identifier: Apache-2.0
/* A machine or a daemon that comes back: new keys, power cuts, restarts. */
#include "tests/unit/daemon/life.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/daemon/admission.h"
#include "provisioner/daemon/enrolment.h"
#include "provisioner/daemon/joining.h"
#include "provisioner/daemon/reconcile.h"

/* Whatever state: an agent that is alive keeps its machine, and a flood is one alarm. */
static void test_new_key_of_a_machine_whose_agent_is_alive(void **state)
{
	struct member *x = life_enrol(1, NULL);
	struct error err = { 0 };

	(void)state;
	assert_null(life_enrol(2, NULL));
	assert_int_equal(admission_approve(&appliance, x, "worker", &err), 0);
	life_poll(x);
	(void)life_report(x, "running", "");
	for (uint8_t key = 2; key < 100; key++)
		assert_null(life_enrol(key, NULL));
	assert_int_equal(x->m.state, MACHINE_WRITING);
	assert_int_equal(x->m.key[0], 1);
	assert_int_equal(life_alarms(x), 1);
	x->alarm_ms -= 60000;
	assert_null(life_enrol(2, NULL));
	assert_int_equal(life_alarms(x), 2);
	assert_ptr_equal(life_enrol(1, NULL), x);
	life_silence(x);
	assert_ptr_equal(life_enrol(2, NULL), x);
	assert_int_equal(x->m.state, MACHINE_APPROVED);
}

/* After a start of ours nobody has spoken yet. */
static void test_new_key_after_a_restart(void **state)
{
	struct member *x = life_enrol(1, NULL);

	(void)state;
	life_silence(x);
	appliance_close(&appliance);
	life_start();
	assert_null(life_enrol(2, NULL));
	appliance.opened_ms -= ENROLMENT_SILENCE_MS;
	assert_non_null(life_enrol(2, NULL));
}

/* A write that was cut off: our own leavings on the disk do not count as data. */
static void test_power_cut_in_the_write(void **state)
{
	struct member *x = life_enrol(1, NULL), *again;
	auto_json json_t *plan = NULL;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(admission_approve(&appliance, x, "worker", &err), 0);
	life_poll(x);
	(void)life_report(x, "running", "");
	life_netboot();
	assert_int_equal(x->m.state, MACHINE_WRITING);
	life_silence(x);
	again = life_enrol(2, "gpt");
	assert_ptr_equal(again, x);
	assert_int_equal(x->m.state, MACHINE_APPROVED);
	assert_int_equal(state_get_plan(appliance.state, x->m.id, &plan, &err), 0);
	assert_string_equal(json_str(json_object_get(plan, "disk"), "resume", ""), "D1");
}

static void test_refused_certificate(void **state)
{
	struct member *x = life_enrol(1, NULL);
	struct error refusal = { .number = -EACCES, .code = "SW-4011", .text = "wrong name" };
	json_t *files = NULL;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(admission_approve(&appliance, x, "worker", &err), 0);
	assert_int_equal(joining_request(appliance.joining, x, "pem", &err), 0);
	life_cluster.admitted(NULL, &refusal, life_cluster.admitted_arg);
	assert_true(joining_result(appliance.joining, x, &files, &err) < 0);
	assert_string_equal(err.code, "SW-4011");
}

/* What was under way goes on after a restart, the certificate request included. */
static void test_restart(void **state)
{
	struct member *x = life_enrol(1, NULL);
	struct error err = { 0 };
	int64_t stage_ms;

	(void)state;
	assert_int_equal(admission_approve(&appliance, x, "worker", &err), 0);
	life_poll(x);
	(void)life_report(x, "running", "");
	assert_int_equal(joining_request(appliance.joining, x, "pem", &err), 0);
	stage_ms = x->m.stage_ms;
	appliance_close(&appliance);
	life_start();
	x = roster_by_name(&appliance.roster, "r1");
	assert_int_equal(x->m.state, MACHINE_WRITING);
	assert_int_equal(x->m.stage_ms, stage_ms);
	assert_true(x->row.open);
	assert_string_equal(life_cluster.csr, "pem");
	assert_true(x->admitting);
	life_installed(x);
	appliance_close(&appliance);
	life_start();
	assert_true(boot_table_is_local(appliance.boot, &life_mac));
}

static void test_forgotten(void **state)
{
	struct member *x = life_bring_up();
	struct error err = { 0 };

	(void)state;
	assert_int_equal(reconcile_remove(&appliance, x, &err), 0);
	assert_int_equal(appliance.roster.count, 0);
	assert_false(boot_table_is_local(appliance.boot, &life_mac));
	life_node(true, true, "boot-2");
	life_system_dhcp();
	assert_int_equal(appliance.roster.count, 0);
	x = life_enrol(3, "ext4");
	assert_int_equal(x->m.state, MACHINE_PENDING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		life(test_new_key_of_a_machine_whose_agent_is_alive),
		life(test_new_key_after_a_restart),
		life(test_power_cut_in_the_write),
		life(test_refused_certificate),
		life(test_restart),
		life(test_forgotten),
	};

	return cmocka_run_group_tests(tests, life_folder_make, life_folder_remove);
}
