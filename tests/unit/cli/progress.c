// SPDX-License-Identifier: Apache-2.0
/* The line of a progress bar. */
#include "tests/unit/unit.h"

#include "provisioner/cli/progress.h"

static void progress_lines(void **state)
{
	struct progress p = { .label = "importing" };
	char line[256];

	(void)state;
	progress_line(&p, 0, 0, false, line, sizeof(line));
	assert_non_null(strstr(line, "100%"));
	progress_line(&p, 500, 1000, true, line, sizeof(line));
	assert_non_null(strstr(line, "importing [############............]  50%"));
	assert_null(strstr(line, "left"));
	p.rate = 100;
	progress_line(&p, 500, 1000, false, line, sizeof(line));
	assert_non_null(strstr(line, "100 B/s"));
	assert_non_null(strstr(line, "5.0 s left"));
	progress_line(&p, 1000, 1000, true, line, sizeof(line));
	assert_null(strstr(line, "left"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(progress_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
