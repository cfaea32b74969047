// SPDX-License-Identifier: Apache-2.0
/*
 * What machines' disks held before they were written (images/undo.h): kept as
 * STATE/undo/MACHINE/SEQ.undo, the newest UNDO_KEEP of a machine, until the machine is forgotten.
 * SEQ is the number of the plan that was about to be carried out.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define UNDO_KEEP      4
#define UNDO_PIECE_MAX (160u << 10) /* bytes of a piece, either way */

struct undo_piece {
	uint64_t at;       /* where it belongs */
	const char *data;  /* base64 */
	size_t data_chars; /* of it */
	bool is_last;
};

/* Takes a piece; they come in order, and one that comes again takes the place of what followed. The
 * last makes all of it durable. SW-5013 for one that does not fit. */
int undo_take(const char *state_dir, const char *machine, int64_t seq,
	const struct undo_piece *piece, struct error *err);

/* [{"seq","saved_ms","size_bytes","disk":{...},"whole","ranges"}], newest first. The caller's. */
int undo_list(const char *state_dir, const char *machine, json_t **ret, struct error *err);

/* {"at","size_bytes","data"}: a piece from `at` on. -ENOENT, SW-5014: there is no such. */
int undo_read(const char *state_dir, const char *machine, int64_t seq, uint64_t at, json_t **ret,
	struct error *err);

/* Forgets a machine's. */
int undo_forget(const char *state_dir, const char *machine, struct error *err);
