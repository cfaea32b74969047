// SPDX-License-Identifier: Apache-2.0
/* Fuzzes dhcp_reply_parse(): any bytes, no crash, and texts that end. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/dhcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dhcp_reply r;
	struct error err = { 0 };

	if (dhcp_reply_parse(data, size, &r, &err) == 0) {
		assert(memchr(r.boot_file, '\0', sizeof(r.boot_file)));
		assert(memchr(r.vendor_class, '\0', sizeof(r.vendor_class)));
		assert(r.prefix <= 32 && r.routers.n <= DHCP_ADDRS_MAX);
	}
	return 0;
}
