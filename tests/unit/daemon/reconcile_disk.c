// SPDX-License-Identifier: Apache-2.0
/* A full disk under the database. */
#include "tests/unit/daemon/life.h"

#include <stdio.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/daemon/admission.h"
#include "provisioner/daemon/durable.h"
#include "provisioner/daemon/joining.h"
#include "provisioner/daemon/reconcile.h"

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

	assert_int_equal(durable_commit(&appliance, &err) == 0, good);
}

/* On a full disk memory goes back to what the database has, and what is asked for again works. */
static void test_full_disk(void **state)
{
	static const char window[] = "{\"count\": 5, \"for_s\": 60}";
	struct member *x = life_enrol(1, NULL);
	auto_json json_t *input = NULL;
	struct error err = { 0 };
	struct window w;
	char id[MACHINE_ID_MAX];

	(void)state;
	snprintf(id, sizeof(id), "%s", x->m.id);
	fill_disk(true);
	check_commit(false);
	assert_int_equal(appliance.roster.count, 0);
	fill_disk(false);
	x = life_enrol(1, NULL);
	assert_string_not_equal(x->m.id, id);
	check_commit(true);

	fill_disk(true);
	assert_int_equal(admission_approve(&appliance, x, "worker", &err), 0);
	assert_int_equal(json_read(window, strlen(window), &input, &err), 0);
	assert_int_equal(admission_open(&appliance, input, &w, &err), 0);
	check_commit(false);
	assert_int_equal(x->m.state, MACHINE_PENDING);
	assert_int_equal(x->m.stage, STAGE_APPROVE);
	assert_true(x->row.open);
	assert_int_equal(appliance.windows_n, 0);
	assert_ptr_equal(roster_by_key(&appliance.roster, x->m.key), x);
	assert_true(reconcile_remove(&appliance, x, &err) < 0);
	assert_int_equal(appliance.roster.count, 1);
	fill_disk(false);
	assert_int_equal(admission_approve(&appliance, x, "worker", &err), 0);
	life_poll(x);
	assert_int_equal(joining_request(appliance.joining, x, "pem", &err), 0);
	check_commit(true);

	fill_disk(true);
	life_installed(x);
	assert_true(boot_table_is_local(appliance.boot, &life_mac));
	check_commit(false);
	assert_int_equal(x->m.state, MACHINE_APPROVED);
	assert_false(boot_table_is_local(appliance.boot, &life_mac));
	fill_disk(false);
	life_installed(x);
	check_commit(true);
	assert_int_equal(x->m.state, MACHINE_BOOTING);
	appliance_close(&appliance);
	life_start();
	assert_int_equal(roster_by_name(&appliance.roster, "r1")->m.state, MACHINE_BOOTING);
}

/* A certificate that came while it could not be kept is asked for again. */
static void test_certificate_on_a_full_disk(void **state)
{
	struct member *x = life_enrol(1, NULL);
	auto_json json_t *issued = json_pack("[{s:s}]", "path", "/etc/kubernetes/kubelet.conf");
	auto_json json_t *files = NULL;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(admission_approve(&appliance, x, "worker", &err), 0);
	assert_int_equal(joining_request(appliance.joining, x, "pem", &err), 0);
	check_commit(true);
	fill_disk(true);
	life_cluster.csr[0] = 0;
	life_cluster.admitted(issued, NULL, life_cluster.admitted_arg);
	check_commit(false);
	fill_disk(false);
	assert_string_equal(life_cluster.csr, "pem");
	assert_true(x->admitting);
	life_cluster.admitted(issued, NULL, life_cluster.admitted_arg);
	check_commit(true);
	assert_int_equal(joining_result(appliance.joining, x, &files, &err), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		life(test_full_disk),
		life(test_certificate_on_a_full_disk),
	};

	return cmocka_run_group_tests(tests, life_folder_make, life_folder_remove);
}
