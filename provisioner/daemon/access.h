// SPDX-License-Identifier: Apache-2.0
/*
 * What was fetched, told by the thread that serves bulk bytes to the loop thread: a bounded queue
 * under a mutex and an eventfd. A full queue drops the newest and counts; serving never waits.
 */
#pragma once

#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/error.h"
#include "provisioner/model/mac.h"

#define ACCESS_QUEUE_MAX   4096
#define ACCESS_NAME_MAX    160
#define ACCESS_ADDRESS_MAX 46

enum access_kind {
	ACCESS_LOADER,       /* /boot/ipxe.efi, UEFI HTTP boot */
	ACCESS_START_SCRIPT, /* /boot/start.ipxe */
	ACCESS_NEXT_SCRIPT, /* /boot/next.ipxe: `mac` and `local` say which and what was answered */
	ACCESS_KERNEL,
	ACCESS_INITRD,
	ACCESS_REGISTRY, /* /v2/ manifests and blobs */
};

struct access {
	enum access_kind kind;
	char address[ACCESS_ADDRESS_MAX]; /* of the client */
	char name[ACCESS_NAME_MAX];       /* what was asked for, of the registry; else "" */
	struct mac mac;
	bool local;
	int status;     /* HTTP */
	uint64_t bytes; /* of the answer's body, 0 where it was cut off */
	int64_t duration_ms;
};

typedef void (*access_fn)(const struct access *a, void *arg);

struct access_queue;
/* `fn` is called on the loop's thread. */
int access_queue_new(
	sd_event *loop, access_fn fn, void *arg, struct access_queue **ret, struct error *err);
void access_queue_free(struct access_queue *q);
/* From any thread. */
void access_queue_put(struct access_queue *q, const struct access *a);
