// SPDX-License-Identifier: Apache-2.0
/*
 * What tells what a disk held, kept before an installation writes over it: the beginning and the
 * end of the disk and of each partition that libblkid finds, where tables, superblocks and the
 * headers of LVM, RAID and LUKS are. It is no copy of the data. Called by the agent; the command
 * reads it again.
 *
 * Its form: one line of JSON, then the ranges' bytes one after the other as one zstd frame.
 *
 *	{"format":1,"disk":{...},"whole":true,"ranges":[[at,size],...]}
 *
 * "disk" is the inventory's object; "whole" is false where something did not fit or could not be
 * read. Offsets and sizes are bytes.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

#define UNDO_RAW_MAX    (16u << 20) /* bytes of all ranges */
#define UNDO_HEADER_MAX (64u << 10)
#define UNDO_MAX        (UNDO_RAW_MAX + (1u << 20)) /* of the whole; zstd adds little at worst */

/* Reads `path`, a disk or a file, into `out` (whose max is UNDO_MAX). disk: kept as it is. */
int undo_collect(const char *path, const json_t *disk, struct buf *out, struct error *err);
