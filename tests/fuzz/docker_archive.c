// SPDX-License-Identifier: Apache-2.0
/* The list of a docker-archive. */
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "bundles/docker_archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	auto_json json_t *list = NULL;
	struct error err = { 0 };

	(void)docker_archive_parse(p, n, &list, &err);
	return 0;
}
