// SPDX-License-Identifier: Apache-2.0
/* In the place of create.c and foreign.c where the configuration leaves them out. */
#include "bundles/create.h"
#include "bundles/foreign.h"

#define WITHOUT "this slipway was built without the making of bundles (BUNDLE_CREATE)"

int create_bundle(const struct create_options *options, struct statement *ret, json_t **ret_summary,
	struct error *err)
{
	(void)options;
	(void)ret;
	(void)ret_summary;
	return fail_code(err, ENOTSUP, NULL, WITHOUT);
}

int foreign_worker_run(const struct foreign_options *options, json_t **ret, struct error *err)
{
	(void)options;
	(void)ret;
	return fail_code(err, ENOTSUP, NULL, WITHOUT ", and takes in signed bundles only");
}
