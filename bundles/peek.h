// SPDX-License-Identifier: Apache-2.0
/*
 * Looking into a bundle without taking it in: its statement, and the small JSON documents in it. As
 * small blobs lie in front, nothing of the layers is read. Whether a signature is trusted is not
 * asked here; what is shown is checked against the digests of the statement.
 */
#pragma once

#include "bundles/statement.h"

/* Reads a bundle's statement. */
int peek_statement(const char *path, struct statement *ret, struct error *err);

/* Reads documents: each key of `wanted` ("sha256:...") gets the value that its blob holds. One that
 * the bundle does not carry keeps what it has. */
int peek_documents(const char *path, json_t *wanted, struct error *err);

/* The SBOMs of a bundle: {name of the image's manifest "sha256:...": SPDX document}. Those that a
 * delta left out are not there. The caller owns *ret. */
int peek_sboms(const char *path, const struct statement *st, json_t **ret, struct error *err);
