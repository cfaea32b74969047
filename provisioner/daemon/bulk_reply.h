// SPDX-License-Identifier: Apache-2.0
/* Answers of the bulk server: text, a file, what the registry says. For http_bulk.c alone. */
#pragma once

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "bundles/registry.h"

/* text is copied. */
enum MHD_Result bulk_reply_text(
	struct MHD_Connection *c, unsigned status, const char *type, const char *text);
/* A file with its Range honoured; 404 where it is not there. *ret_bytes: how much is sent. A Range
 * means nothing to HEAD. */
enum MHD_Result bulk_reply_file(
	struct MHD_Connection *c, bool head, const char *path, uint64_t *ret_bytes);
/* The registry's answer with Range and the conditional headers honoured; its descriptor is taken
 * over. */
enum MHD_Result bulk_reply_registry(
	struct MHD_Connection *c, struct registry_answer *a, uint64_t *ret_bytes);
