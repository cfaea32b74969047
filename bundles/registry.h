// SPDX-License-Identifier: Apache-2.0
/*
 * The registry's view of the store: which status, headers and bytes answer a request under /v2/
 * (distribution-spec v1.1, "Pull" and "Content discovery"). Read-only: the store is the registry.
 *
 * The HTTP server gives the request's parts and moves the answer's bytes; HEAD, Range and the
 * conditional headers (the digest is the ETag) are its business. Accept is not looked at: a
 * manifest has the one form that its digest names, and is answered with its stored type. Nothing
 * here sends or blocks on a peer.
 *
 * Which repository is meant: the entry's name in index.json is "HOST/REPOSITORY:TAG" for container
 * images and "REPOSITORY[:TAG]" for OS images and files; a name without a tag has the tag
 * "latest". A request with ?ns=HOST (containerd) means HOST's repository, then one without a host.
 * Without ns the path is taken as the whole name, then as the repository of the one host that
 * has it. Blobs and manifests by digest are served under any known repository, because everything
 * in the store is public; the digest is what a client trusts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "bundles/oci.h"
#include "bundles/store.h"

#define REGISTRY_PATH_MAX 1024

struct registry;

/* The registry of a store, which is borrowed. For one thread at a time. */
int registry_new(struct store *s, struct registry **ret, struct error *err);
void registry_free(struct registry *r);

struct registry_request {
	const char *method;        /* "GET", "HEAD"; anything else is refused with 405 */
	const char *path;          /* decoded, "/v2/..." */
	const char *ns;            /* ?ns=, or NULL */
	const char *n;             /* ?n= of a list, or NULL */
	const char *last;          /* ?last= of a list, or NULL */
	const char *artifact_type; /* ?artifactType= of referrers, or NULL */
};

struct registry_answer {
	int status;
	bool head; /* to HEAD: no content comes along, `size` tells how much GET would send */
	char content_type[OCI_TYPE_MAX];
	char digest[DIGEST_TEXT_MAX]; /* Docker-Content-Digest and, quoted, ETag; "" where none */
	char link[REGISTRY_PATH_MAX + 128]; /* value of the Link header, or "" */
	bool immutable;                     /* addressed by digest: may be cached for ever */
	bool filtered;                      /* OCI-Filters-Applied: artifactType */
	int fd;                             /* content to send from its start, or -1: `body` */
	uint64_t size;                      /* bytes of the content, whichever it is */
	struct buf body;
};

/* Answers. Fails only without memory; a damaged store is a 500 with the OCI error body. Every
 * answer carries the header Docker-Distribution-API-Version: registry/2.0, a 405 `Allow: GET,
 * HEAD`. */
int registry_answer(struct registry *r, const struct registry_request *req,
	struct registry_answer *ret, struct error *err);
void registry_answer_done(struct registry_answer *a);
#define auto_registry_answer __attribute__((cleanup(registry_answer_done))) struct registry_answer
