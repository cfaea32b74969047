// SPDX-License-Identifier: Apache-2.0
/*
 * Evidence of identity: what is known of which server this is. It selects and it warns; only the
 * agent's key authenticates. A placeholder ("To be filled by O.E.M.", all zeros) is no evidence
 * and is kept as "".
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "provisioner/model/mac.h"

#define EVIDENCE_TEXT_MAX 128
#define EVIDENCE_MACS_MAX 32

struct evidence {
	struct mac boot_mac;
	struct mac macs[EVIDENCE_MACS_MAX]; /* permanent addresses, sorted, without doubles */
	size_t macs_n;
	char vendor[EVIDENCE_TEXT_MAX];
	char product[EVIDENCE_TEXT_MAX];
	char serial[EVIDENCE_TEXT_MAX]; /* "" where none or a placeholder */
	char uuid[EVIDENCE_TEXT_MAX];   /* lower case; "" where none or a placeholder */
};

/* Reads it from an inventory that inventory_check() passed. */
int evidence_from_inventory(const json_t *inventory, struct evidence *ret, struct error *err);

/* A serial or UUID that makers leave in place: too short, one repeated character, a known phrase.
 */
bool evidence_is_placeholder(const char *text);

enum evidence_match {
	EVIDENCE_NONE, /* nothing in common */
	EVIDENCE_PART, /* a MAC, a serial or a UUID in common, and something that differs */
	EVIDENCE_FULL, /* boot MAC, permanent MACs, serial and UUID are all the same */
};

enum evidence_match evidence_compare(const struct evidence *a, const struct evidence *b);
