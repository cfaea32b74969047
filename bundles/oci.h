// SPDX-License-Identifier: Apache-2.0
/*
 * OCI documents: descriptors, manifests and indexes (image-spec v1.1: descriptor.md, manifest.md,
 * image-index.md) and their Docker schema 2 forerunners, which are kept and served as they are.
 *
 * Used by the store, by create and import, by the registry, and by whoever installs an image. It
 * reads and checks; stored bytes are never rewritten, because their digest is their name.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"

#define OCI_TYPE_MANIFEST        "application/vnd.oci.image.manifest.v1+json"
#define OCI_TYPE_INDEX           "application/vnd.oci.image.index.v1+json"
#define OCI_TYPE_CONFIG          "application/vnd.oci.image.config.v1+json"
#define OCI_TYPE_EMPTY           "application/vnd.oci.empty.v1+json"
#define OCI_TYPE_LAYER_GZIP      "application/vnd.oci.image.layer.v1.tar+gzip"
#define OCI_TYPE_LAYER_ZSTD      "application/vnd.oci.image.layer.v1.tar+zstd"
#define OCI_TYPE_DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define OCI_TYPE_DOCKER_LIST     "application/vnd.docker.distribution.manifest.list.v2+json"
#define OCI_TYPE_DISK            "application/vnd.slipway.disk.v1"
#define OCI_TYPE_DISK_LAYER      "application/vnd.slipway.disk.v1.raw+zstd" /* the raw disk, zstd */
#define OCI_TYPE_FILE            "application/vnd.slipway.file.v1"

#define OCI_NOTE_NAME         "org.opencontainers.image.ref.name"
#define OCI_NOTE_TITLE        "org.opencontainers.image.title"
#define OCI_NOTE_KIND         "vnd.slipway.kind"        /* "rootfs", "container" or "file" */
#define OCI_NOTE_KERNEL_ARGS  "vnd.slipway.kernel-args" /* JSON array of strings, as text */
#define OCI_NOTE_MIN_DISK     "vnd.slipway.min-disk-bytes"
#define OCI_NOTE_SIZE         "vnd.slipway.size-bytes" /* of a raw disk */
#define OCI_NOTE_ARCHITECTURE "vnd.slipway.architecture"
#define OCI_NOTE_BUNDLE       "vnd.slipway.bundle" /* name of the bundle that brought the entry */

#define OCI_TYPE_MAX     256        /* RFC 6838, 4.2: two names of 127 characters */
#define OCI_DOCUMENT_MAX (4u << 20) /* bytes of one manifest or index */
#define OCI_ITEMS_MAX    4096       /* layers of a manifest, manifests of an image's index */
#define OCI_NESTING_MAX  4          /* an index in an index in an index ... */

struct oci_descriptor {
	char media_type[OCI_TYPE_MAX];
	struct digest digest;
	uint64_t size;      /* bytes */
	const json_t *json; /* the whole descriptor, borrowed from its document */
};

enum oci_kind { OCI_KIND_MANIFEST, OCI_KIND_INDEX };

struct oci_document {
	enum oci_kind kind;
	char media_type[OCI_TYPE_MAX];
	char artifact_type[OCI_TYPE_MAX]; /* "" where the document names none */
	struct oci_descriptor config;     /* manifests only */
	struct oci_descriptor *items;     /* layers of a manifest, manifests of an index */
	size_t count;
	json_t *json;
};

/* Reads one descriptor; *ret borrows `json`. */
int oci_descriptor_parse(const json_t *json, struct oci_descriptor *ret, struct error *err);

/* Reads a manifest or index of at most max_items items. Where the document has no mediaType, its
 * members tell the kind. The caller ends *ret with oci_document_done. */
int oci_document_parse(
	const void *p, size_t n, size_t max_items, struct oci_document *ret, struct error *err);
void oci_document_done(struct oci_document *d);
#define auto_document __attribute__((cleanup(oci_document_done))) struct oci_document

/* The text of an annotation of a descriptor or document, or NULL. Borrowed. */
const char *oci_annotation(const json_t *json, const char *key);

/* A descriptor as JSON: mediaType, digest, size. The caller owns it; NULL without memory. */
json_t *oci_descriptor_json(const char *media_type, const struct digest *digest, uint64_t size);

/* True where the type is that of a manifest or an index, so that its content names other blobs. */
bool oci_type_is_document(const char *media_type);

/* Picks the manifest of an index that runs on linux and `architecture` ("amd64"); NULL: none. */
const struct oci_descriptor *oci_index_find(
	const struct oci_document *index, const char *architecture);
