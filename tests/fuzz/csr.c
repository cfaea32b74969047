// SPDX-License-Identifier: Apache-2.0
/* A machine's certificate request. */
#include <stddef.h>
#include <stdint.h>

#include "provisioner/daemon/csr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	auto_csr csr = { .pem = NULL };

	(void)csr_parse((const char *)data, size, "r1", &csr, &err); /* either answer is fine */
	return 0;
}
