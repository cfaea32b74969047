// SPDX-License-Identifier: Apache-2.0
/* A plan: a profile made concrete for one machine; what the agent carries out, and nothing else. */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "provisioner/model/machine.h"

/* The image as the store knows it when the plan is made. */
struct plan_image {
	const char *name;          /* "debian-12-node" */
	const char *repository;    /* where the registry serves it: "os/debian-12-node" */
	const char *manifest;      /* "sha256:..." */
	const char *kind;          /* "rootfs" or "disk" */
	uint64_t size_bytes;       /* least room on disk: 0 where unknown */
	const json_t *kernel_args; /* of its boot loader, strings; NULL: none */
};

/* Makes the plan of m's current name and sequence number. The caller owns *ret. */
int plan_make(const struct machine *m, const json_t *profile, const struct plan_image *image,
	json_t **ret, struct error *err);

/* Checks a plan as it came over the wire. */
int plan_check(const json_t *plan, struct error *err);

/* The same for a list of files alone, as they come with an issued certificate. */
int plan_check_files(const json_t *files, struct error *err);
