// SPDX-License-Identifier: Apache-2.0
/* A machine as the state database keeps it: everything of struct machine, as JSON. */
#pragma once

#include <jansson.h>

#include "base/error.h"
#include "provisioner/model/machine.h"

/* The caller owns it; NULL without memory. */
json_t *machine_record(const struct machine *m);
/* Reads what machine_record() wrote, of this version or an earlier one. */
int machine_record_read(const json_t *record, struct machine *ret, struct error *err);
