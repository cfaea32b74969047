// SPDX-License-Identifier: Apache-2.0
/* Strings of SMBIOS and of disks: what comes out is text, whatever went in. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "provisioner/agent/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char out[TEXT_MAX];

	(void)text_clean((const char *)data, size, out, sizeof(out));
	if (!utf8_valid(out, strlen(out)))
		abort();
	for (const char *p = out; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			abort();
	return 0;
}
