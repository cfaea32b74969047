// SPDX-License-Identifier: Apache-2.0
/* What is wrong with a bundle, gathered while its good blobs are taken. For the import. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/error.h"

struct damage {
	size_t count;
	struct buf text; /* the first few, as a list */
	int number;      /* -errno of the first */
	char code[8];    /* its stable code, or "" */
};

void damage_done(struct damage *d);

/* Notes one: `why` is the error it was found by. blob is NULL where no blob is meant. */
void damage_note(struct damage *d, const struct digest *blob, uint64_t at, const struct error *why);

/* Raises all of it as one error; r and *err are what ended the import, or 0. */
int damage_raise(struct damage *d, int r, size_t whole, size_t total, struct error *err);
