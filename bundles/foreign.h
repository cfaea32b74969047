// SPDX-License-Identifier: Apache-2.0
/*
 * Taking in what is no bundle, and what nobody signed: the archives and layouts of images that
 * images.h knows, a root file system's archive, a disk image (raw or qcow2). Which of them it is,
 * is told by what is in it.
 *
 * For an operator who says so by name. Nothing is believed but digests: a blob has the name that
 * its bytes give, an image is taken when all that it names is here, and the layers of a
 * docker-archive are compared with its configuration. What a signed bundle brought is not replaced.
 * Names change at the very end; where the work fails, the blobs that it wrote are removed.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "bundles/store.h"

struct foreign_options {
	struct store *store; /* whose lock is held */
	const char *path;    /* a file, or the folder of a layout */
	const char *name;    /* of the one image in it; NULL: the names that stand in it */
	bool os;             /* its container images are OS images */
	const json_t *arch;  /* what is wanted of them (platform.h) */
	/* Called when a step begins, in words. NULL: none. */
	void (*step)(const char *text, void *arg);
	void *arg;
};

/* Takes it in. *ret is an array of the entries that the index has from now on; the caller owns it.
 * -EBADMSG: it is damaged, or not complete; -EPERM (SW-2038): it would replace what was signed. */
int foreign_take(const struct foreign_options *options, json_t **ret, struct error *err);

/* The same in a child process that has shut itself in (worker.h). */
int foreign_worker_run(const struct foreign_options *options, json_t **ret, struct error *err);

enum foreign_kind {
	FOREIGN_IMAGES, /* an archive or a layout of images */
	FOREIGN_ROOTFS, /* a root file system's archive */
	FOREIGN_DISK,   /* a disk image */
};

/* Finds what a path leads to. -EBADMSG (SW-2036): nothing that can be taken in. */
int foreign_kind_find(const char *path, enum foreign_kind *ret, struct error *err);
