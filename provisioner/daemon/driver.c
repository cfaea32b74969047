// SPDX-License-Identifier: Apache-2.0
/* The program's table of drivers: what CLUSTER_DRIVER() put between the linker's two marks. */
#include "provisioner/daemon/driver.h"

#include <string.h>

/* Weak: a build without any driver has no such section, and both are NULL. */
extern const struct cluster_driver *const __start_cluster_drivers[] __attribute__((weak));
extern const struct cluster_driver *const __stop_cluster_drivers[] __attribute__((weak));

const struct cluster_driver *cluster_driver_find(const char *name)
{
	const struct cluster_driver *const *d = __start_cluster_drivers;

	for (; d != __stop_cluster_drivers; d++) {
		if (strcmp((*d)->name, name) == 0)
			return *d;
	}
	return NULL;
}
