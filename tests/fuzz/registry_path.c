// SPDX-License-Identifier: Apache-2.0
/* Paths under /v2/: what is taken apart can be put together again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bundles/registry_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct registry_path p;
	struct error err = { 0 };

	if (registry_path_parse((const char *)data, size, &p, &err) == 0 &&
		p.route != REGISTRY_ROUTE_ROOT && p.route != REGISTRY_ROUTE_CATALOG &&
		(!entry_name_valid(p.repository) || strchr(p.reference, '/') || !p.reference[0]))
		abort();
	return 0;
}
