// SPDX-License-Identifier: Apache-2.0
/*
 * The machine's part of joining a cluster: its key and request go out before the layers come in, so
 * that the certificate is there when the new root is.
 */
#pragma once

#include <jansson.h>

#include "base/error.h"
#include "provisioner/agent/kubelet.h"
#include "provisioner/agent/plan.h"
#include "provisioner/agent/progress.h"

struct join {
	struct kubelet_key *key; /* NULL: the plan joins no cluster */
	json_t *files;           /* once issued */
};

/* Makes the key and sends the request; nothing where the plan joins no cluster. */
int join_start(struct join *j, const struct plan *plan, struct api *api, struct error *err);

/* Waits for the certificate and the files that come with it. SW-4010 where it takes too long. */
int join_finish(struct join *j, struct progress *p, struct error *err);

/* Reads a file of a list of the plan's or of the join's (plan.h), with our key where it wants it:
 * `content` is then a secret. */
int join_file_read(const struct join *j, const json_t *json, struct plan_file *ret,
	struct buf *content, struct error *err);

void join_done(struct join *j);
#define auto_join __attribute__((cleanup(join_done))) struct join
