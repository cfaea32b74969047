// SPDX-License-Identifier: Apache-2.0
/* What the files of the registry share: registry.c, registry_lists.c, registry_referrers.c. Nobody
 * else's. */
#pragma once

#include "bundles/registry.h"
#include "bundles/registry_names.h"
#include "bundles/registry_path.h"

#define REGISTRY_JSON "application/json"

/* A manifest that names another one as its subject. */
struct registry_referrer {
	struct digest subject;
	json_t *descriptor;
};

/* All of them, as of one state of the index. */
struct registry_referrers {
	uint64_t generation; /* of the store; 0: not looked at yet */
	struct registry_referrer *list;
	size_t count;
};

struct registry {
	struct store *store; /* borrowed */
	struct registry_referrers referrers;
};

/* Answers with a document, which is taken over; NULL is one that could not be made. */
int registry_answer_json(
	struct registry_answer *a, int status, const char *type, json_t *json, struct error *err);
/* Answers with the specification's error body; codes are those of its section "Error Codes". */
int registry_answer_error(struct registry_answer *a, int status, const char *code,
	const char *message, struct error *err);

/* registry_lists.c: /v2/NAME/tags/list and /v2/_catalog */
int registry_tags(const struct registry_request *req, const struct registry_path *path,
	const struct registry_repository *repo, struct registry_answer *a, struct error *err);
int registry_catalog(struct store *s, const struct registry_request *req, struct registry_answer *a,
	struct error *err);

/* registry_referrers.c: /v2/NAME/referrers/DIGEST */
int registry_referrers(struct registry *r, const struct registry_request *req,
	const struct registry_path *path, struct registry_answer *a, struct error *err);
void registry_referrers_done(struct registry_referrers *r);
