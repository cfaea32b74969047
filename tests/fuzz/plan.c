// SPDX-License-Identifier: Apache-2.0
/* Plans and their files, as the agent takes them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/agent/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_json json_t *json = NULL;
	auto_plan plan = { 0 };
	struct error err = { 0 };
	const json_t *item;
	size_t i;

	if (json_read(data, size, &json, &err) < 0 || plan_parse(json, &plan, &err) < 0)
		return 0;
	if (strstr(plan.repository, "..") || plan.n_kernel_args > PLAN_ARGS_MAX)
		abort();
	json_array_foreach (plan.files, i, item) {
		auto_buf content = { 0 };
		struct plan_file file;

		if (plan_file_read(item, &file, &content, &err) == 0 && file.path[0] != '/')
			abort();
	}
	return 0;
}
