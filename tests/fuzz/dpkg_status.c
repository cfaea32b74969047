// SPDX-License-Identifier: Apache-2.0
/* dpkg's status file of a tree that came from elsewhere. */
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "bundles/dpkg_status.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	auto_json json_t *list = NULL;
	struct error err = { 0 };

	(void)dpkg_status_parse((const char *)p, n, &list, &err); /* any outcome is fine */
	return 0;
}
