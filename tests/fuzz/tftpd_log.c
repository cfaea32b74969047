// SPDX-License-Identifier: Apache-2.0
/* Fuzzes tftpd_log_parse(): no crash, and a text that is clean. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "pxe/tftpd_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tftpd_event e;

	if (!tftpd_log_parse((const char *)data, size, 0, &e))
		return 0;
	assert(memchr(e.text, '\0', sizeof(e.text)));
	for (const char *s = e.text; *s; s++)
		assert(*s >= 0x20 && *s < 0x7f);
	return 0;
}
