// SPDX-License-Identifier: Apache-2.0
/* Paths of strangers against a table with holes: what a hole takes is never empty and has no '/'.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "provisioner/daemon/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct route table[] = {
	{ "GET", "/api/v1/machines", NULL },
	{ "GET", "/api/v1/machines/{}", NULL },
	{ "GET", "/api/v1/{}/{}/approve", NULL },
	{ 0 },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct route *found;
	struct route_match match;
	struct error err = { 0 };
	char path[1024];

	if (size >= sizeof(path))
		return 0;
	memcpy(path, data, size);
	path[size] = 0;
	if (route_find(table, "GET", path, &found, &match, &err) < 0)
		return 0;
	for (int i = 0; i < ROUTE_HOLES_MAX; i++) {
		if (strchr(match.hole[i], '/'))
			abort();
	}
	return 0;
}
