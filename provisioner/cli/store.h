// SPDX-License-Identifier: Apache-2.0
/* What the files of `slipway store` share. */
#pragma once

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>

#include "provisioner/cli/cli.h"

/* The store's folder. */
int store_path(const struct cli *cli, char out[static PATH_MAX], struct error *err);

/* Refuses (-EPERM, SW-2065) where a profile needs one of the names. Where there is a state database
 * and no daemon that could be asked: -ENOTCONN. */
int store_needs_check(const struct cli *cli, const json_t *names, struct error *err);

/* True where machines may be in the middle of reading images whose names are gone, with the reason
 * in `why`: some are being installed, or nobody can be asked. */
bool store_needs_held(const struct cli *cli, struct error *why);

int store_fsck_run(const struct cli *cli, const struct args *args);
