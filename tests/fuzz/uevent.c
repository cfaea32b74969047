// SPDX-License-Identifier: Apache-2.0
/* The kernel's device events. */
#include <stdlib.h>
#include <string.h>

#include "base/uevent.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct uevent e;
	struct error err = { 0 };

	if (uevent_parse(data, size, &e, &err) == 0 &&
		strlen(e.action) + strlen(e.subsystem) + strlen(e.modalias) > 3 * size)
		abort();
	return 0;
}
