// SPDX-License-Identifier: Apache-2.0
/* Which bytes a request wants: Range of one part, If-Range, If-Match and If-None-Match (RFC
 * 9110, 14 and 13.1). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum range_result {
	RANGE_WHOLE,   /* no Range, or one we need not honour (other units, several parts, bad form)
			*/
	RANGE_PART,    /* *first and *length say which */
	RANGE_OUTSIDE, /* nothing of it exists: 416 */
};

/* header may be NULL. */
enum range_result range_parse(const char *header, uint64_t size, uint64_t *first, uint64_t *length);

/* True where the If-None-Match or If-Match header (may be NULL) names this tag or is "*". The tag
 * is given without quotes; weak tags count, as GET compares weakly. */
bool etag_matches(const char *header, const char *tag);

/* True where a Range is to be honoured for this tag: there is no If-Range header (NULL), or it
 * names the tag. Dates name none, nor do weak tags. */
bool if_range_holds(const char *header, const char *tag);
