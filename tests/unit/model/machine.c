// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "base/cleanup.h"
#include "provisioner/model/machine.h"
#include "provisioner/model/machine_record.h"

/* The ways a machine goes, as an operator would tell them. */
static void test_ways(void **state)
{
	static const struct {
		enum machine_state from;
		enum machine_event event;
		enum machine_state to;
		unsigned effects; /* that must be among those given */
	} rows[] = {
		/* the straight way */
		{ MACHINE_SEEN, MACHINE_ENROL, MACHINE_PENDING, 0 },
		{ MACHINE_PENDING, MACHINE_APPROVE, MACHINE_APPROVED,
			MACHINE_MAKE_PLAN | MACHINE_PREPARE_NODE },
		{ MACHINE_APPROVED, MACHINE_WRITE, MACHINE_WRITING, 0 },
		{ MACHINE_WRITING, MACHINE_INSTALLED, MACHINE_BOOTING, MACHINE_BOOT_LOCAL },
		{ MACHINE_BOOTING, MACHINE_SYSTEM_UP, MACHINE_JOINING, 0 },
		{ MACHINE_JOINING, MACHINE_NODE_READY, MACHINE_READY, 0 },
		/* power cut in the middle of the write */
		{ MACHINE_WRITING, MACHINE_NETBOOT, MACHINE_WRITING, 0 },
		{ MACHINE_WRITING, MACHINE_ENROL, MACHINE_APPROVED, MACHINE_MAKE_PLAN },
		/* a failed write is tried again, then parked, then approved anew */
		{ MACHINE_WRITING, MACHINE_FAIL, MACHINE_FAILED, MACHINE_ARM_RETRY },
		{ MACHINE_FAILED, MACHINE_RETRY, MACHINE_APPROVED, MACHINE_MAKE_PLAN },
		{ MACHINE_FAILED, MACHINE_PARK, MACHINE_PARKED, MACHINE_DROP_PLAN },
		{ MACHINE_PARKED, MACHINE_APPROVE, MACHINE_APPROVED,
			MACHINE_BOOT_AGENT | MACHINE_CLEAR_FAILURES },
		/* a reboot of an installed machine */
		{ MACHINE_READY, MACHINE_NETBOOT, MACHINE_BOOTING, MACHINE_COUNT_BOOT },
		{ MACHINE_READY, MACHINE_NODE_LOST, MACHINE_JOINING, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct machine_step step = machine_step(rows[i].from, rows[i].event);

		assert_true(step.known);
		assert_int_equal(step.to, rows[i].to);
		assert_int_equal(step.effects & rows[i].effects, rows[i].effects);
	}
}

/* What must hold in every cell. */
static void test_invariants(void **state)
{
	(void)state;
	for (unsigned s = 0; s < MACHINE_STATE_COUNT; s++) {
		for (unsigned e = 0; e < MACHINE_EVENT_COUNT; e++) {
			struct machine_step step =
				machine_step((enum machine_state)s, (enum machine_event)e);

			if (!step.known) {
				assert_int_equal(step.to, s);
				assert_int_equal(step.effects, 0);
				continue;
			}
			/* nobody gets a plan without having been approved at some time */
			if (step.effects & MACHINE_MAKE_PLAN)
				assert_true(e == MACHINE_APPROVE || s >= MACHINE_APPROVED);
			/* only an operator starts an install of an installed machine */
			if (s == MACHINE_BOOTING || s == MACHINE_JOINING || s == MACHINE_READY)
				assert_false(
					step.effects & (MACHINE_MAKE_PLAN | MACHINE_BOOT_AGENT));
			/* quarantine is left by approval alone */
			if (s == MACHINE_PENDING && step.to != MACHINE_PENDING)
				assert_int_equal(e, MACHINE_APPROVE);
		}
	}
}

static void test_failures(void **state)
{
	struct machine m = { 0 };

	(void)state;
	assert_false(machine_failure(&m, "SW-3005", "no disk"));
	assert_false(machine_failure(&m, "SW-3005", "no disk"));
	assert_false(machine_failure(&m, "SW-3010", "another"));
	assert_false(machine_failure(&m, "SW-3005", "no disk"));
	assert_false(machine_failure(&m, "SW-3005", "no disk"));
	assert_true(machine_failure(&m, "SW-3005", "no disk"));
	assert_string_equal(m.reason, "no disk");
}

static void test_names(void **state)
{
	enum machine_state s;
	struct error err = { 0 };

	(void)state;
	for (unsigned i = 0; i < MACHINE_STATE_COUNT; i++) {
		assert_int_equal(
			machine_state_parse(machine_state_name((enum machine_state)i), &s, &err),
			0);
		assert_int_equal(s, i);
	}
	assert_true(machine_state_parse("asleep", &s, &err) < 0);
}

static void test_record(void **state)
{
	struct machine m = { .id = "m1",
		.name = "r1",
		.state = MACHINE_WRITING,
		.created_ms = 5,
		.has_key = true,
		.key = { 1, 2 },
		.has_token = true,
		.plan_seq = 4,
		.disk = "wwn-1",
		.stage = STAGE_WRITE,
		.boot = 2,
		.netboots = 1,
		.address = "10.9.0.5" };
	struct machine back;
	struct error err = { 0 };
	auto_json json_t *record = NULL;

	(void)state;
	m.evidence.boot_mac.bytes[5] = 7;
	m.evidence.macs_n = 1;
	m.evidence.macs[0] = m.evidence.boot_mac;
	machine_set_reason(&m, "because");
	record = machine_record(&m);
	assert_non_null(record);
	assert_int_equal(machine_record_read(record, &back, &err), 0);
	assert_memory_equal(&m.evidence, &back.evidence, sizeof(m.evidence));
	assert_string_equal(back.id, "m1");
	assert_string_equal(back.disk, "wwn-1");
	assert_string_equal(back.reason, "because");
	assert_int_equal(back.state, MACHINE_WRITING);
	assert_int_equal(back.plan_seq, 4);
	assert_int_equal(back.boot, 2);
	assert_true(back.has_key && back.has_token);
	assert_memory_equal(back.key, m.key, sizeof(m.key));
}

/* Nothing secret is shown, and a reason is never cut through a character. */
static void test_shown(void **state)
{
	static const struct stage_history history;
	struct machine m = { .id = "m1", .has_key = true };
	char reason[MACHINE_REASON_MAX + 8];
	auto_json json_t *shown = NULL;

	(void)state;
	memset(reason, 'x', sizeof(reason));
	memcpy(reason + MACHINE_REASON_MAX - 2, "\xc3\xa4", 3);
	machine_set_reason(&m, reason);
	shown = machine_json(&m, &history, 1000);
	assert_non_null(shown);
	assert_null(json_object_get(shown, "key"));
	assert_null(json_object_get(shown, "token"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_invariants),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
