// SPDX-License-Identifier: Apache-2.0
/* Bundles into parts, and parts into bundles. */
#pragma once

#include <stdbool.h>

#include "bundles/part.h"

/* Which part lies where. What was not given is asked for when it is needed. */
struct part_set {
	struct part first;      /* what all parts agree on; any of them */
	char *paths[PARTS_MAX]; /* by number; NULL: not known */
	/* Asks for a part; the path is malloc()ed. NULL: nobody can be asked. */
	int (*ask)(unsigned int number, const struct part_set *set, char **ret, struct error *err);
};

void part_set_done(struct part_set *s);
#define auto_part_set __attribute__((cleanup(part_set_done))) struct part_set

/* Takes a file in, whichever part it is. -EBADMSG where it is none or another bundle's. */
int part_set_add(struct part_set *s, const char *path, struct error *err);

/* -ENOENT (SW-2035) with the numbers of the parts that are not there. */
int part_set_check(const struct part_set *s, struct error *err);

/* Writes the whole, each part checked on its way, to fd. */
int part_set_write(struct part_set *s, int fd, struct error *err);

/* Splits what fd is open on into files of at most `size` bytes: OUT.001, OUT.002, ... Existing ones
 * of these names are replaced. *ret tells the last one. */
int part_split(int fd, const char *out, uint64_t size, struct part *ret, struct error *err);
