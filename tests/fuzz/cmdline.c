// SPDX-License-Identifier: Apache-2.0
/* The kernel command line, which anyone on the network may have written. */
#include <stdlib.h>
#include <string.h>

#include "provisioner/agent/cmdline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cmdline c;
	struct error err = { 0 };

	/* What was taken goes into URLs as it is. */
	if (cmdline_parse((const char *)data, size, &c, &err) == 0 &&
		(c.server[strspn(c.server, "0123456789.:")] ||
			c.http[strspn(c.http, "0123456789.:")]))
		abort();
	return 0;
}
