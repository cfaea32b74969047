// SPDX-License-Identifier: Apache-2.0
/* The verbs of `slipway bundle`, which its table in bundle.c names. */
#pragma once

#include "bundles/import.h"
#include "bundles/minisign.h"
#include "bundles/part_set.h"
#include "provisioner/cli/cli.h"

int bundle_keygen(const struct cli *cli, const struct args *args);
int bundle_create(const struct cli *cli, const struct args *args);
int bundle_sign(const struct cli *cli, const struct args *args);
int bundle_import(const struct cli *cli, const struct args *args);
int bundle_import_unsigned(const struct cli *cli, const struct args *args);
int bundle_diff(const struct cli *cli, const struct args *args);
int bundle_verify(const struct cli *cli, const struct args *args);
int bundle_split(const struct cli *cli, const struct args *args);
int bundle_join(const struct cli *cli, const struct args *args);

/* Prints the SBOM of a bundle's one OS image, or of the one that is named. Returns an enum
 * cli_exit. */
int bundle_sbom_print(const char *path, const char *image);

/* Imports a bundle into the store of cli->state_dir, with a bar. Returns an enum cli_exit. */
int bundle_import_file(const struct cli *cli, const char *path, bool allow_rollback);

/* Reads a secret key, asking for its password where it has one. */
int bundle_key_load(const char *path, struct minisign_secret *ret, struct error *err);

/* The key of --pub, or those the appliance trusts. */
int bundle_trust(const struct cli *cli, const char *pub, struct trust *ret, struct error *err);

/* Opens a bundle for reading; "-" is standard input. */
int bundle_open_file(const char *path, int *ret, struct error *err);

/* {name, version, key, signatures, blobs, bytes}, to which a verb adds its own. */
json_t *bundle_result_json(const struct import_result *r);

/* {name, kind, digest, media_type} of an entry. */
json_t *bundle_entry_json(const json_t *entry);

/* The parts that were named, in any order. Missing ones are asked for where there is a terminal. */
int bundle_parts(const struct cli *cli, char *const *paths, int count, struct part_set *ret,
	struct error *err);

/* Checks one part by itself: fd stands behind its header. Returns an enum cli_exit. */
int bundle_verify_part(const struct cli *cli, const char *path, int fd, const struct part *p);
