// SPDX-License-Identifier: Apache-2.0
/* An operator's kubeconfig. */
#include <stddef.h>
#include <stdint.h>

#include "provisioner/daemon/kubeconfig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	auto_kubeconfig k = { .server = "" };

	(void)kubeconfig_parse((const char *)data, size, &k, &err); /* either answer is fine */
	return 0;
}
