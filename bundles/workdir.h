// SPDX-License-Identifier: Apache-2.0
/*
 * A folder for what is between, beside the file that will come of it: "FOLDER/.NAME.XXXXXX". It is
 * locked while it is used, so what a killed run has left behind is known and removed by the next.
 */
#pragma once

#include <limits.h>

#include "base/error.h"

struct workdir {
	char path[PATH_MAX];
	int fd; /* holds the lock; -1: none */
};

#define WORKDIR_INIT                                                                               \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* Removes what earlier runs left for the same output, and makes a new folder. */
int workdir_make(struct workdir *w, const char *output, struct error *err);
/* Removes it with all that is in it. */
void workdir_remove(struct workdir *w);
#define auto_workdir __attribute__((cleanup(workdir_remove))) struct workdir
