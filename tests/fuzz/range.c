// SPDX-License-Identifier: Apache-2.0
/* Range and If-None-Match of strangers: a part always lies within the content. */
#include <stdlib.h>
#include <string.h>

#include "provisioner/daemon/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t sizes[] = { 0, 1, 1000, UINT64_MAX };
	char text[512];

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = 0;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t first = 0, length = 0;

		if (range_parse(text, sizes[i], &first, &length) == RANGE_PART &&
			(length == 0 || first > sizes[i] || length > sizes[i] - first))
			abort();
	}
	(void)etag_matches(text, "sha256:00");
	(void)if_range_holds(text, "sha256:00");
	return 0;
}
