// SPDX-License-Identifier: Apache-2.0
/* In the place of create.c where the configuration leaves it out. */
#include "bundles/create.h"

int create_bundle(const struct create_options *options, struct statement *ret, json_t **ret_summary,
	struct error *err)
{
	(void)options;
	(void)ret;
	(void)ret_summary;
	return fail_code(err, ENOTSUP, NULL,
		"this slipway was built without the making of bundles (BUNDLE_CREATE)");
}
