// SPDX-License-Identifier: Apache-2.0
/* Which entries of the store a repository's name means. For registry.c, whose header tells the
 * rule. */
#pragma once

#include "bundles/reference.h"
#include "bundles/store.h"

struct registry_repository {
	char base[REFERENCE_MAX];           /* names of its entries up to their tags */
	const struct store_entry *untagged; /* its entry without a tag, or NULL */
	const struct store_entry *tagged;   /* the first of its entries with one */
	size_t count;                       /* how many those are, sorted */
};

/* Finds a repository. -ENOENT: there is none such. Entries are borrowed from the store. */
int registry_repository_find(struct store *s, const char *name, const char *ns,
	struct registry_repository *ret, struct error *err);

/* Its entry of a tag, or NULL. */
const struct store_entry *registry_tag_find(
	const struct registry_repository *repo, const char *tag);
/* The tag of one of its tagged entries. Borrowed. */
const char *registry_tag(const struct registry_repository *repo, const struct store_entry *e);
