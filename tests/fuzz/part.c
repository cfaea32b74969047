// SPDX-License-Identifier: Apache-2.0
/* The header of a part: what is taken says the same when it is written again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bundles/part.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t block[PART_HEADER_SIZE] = { 0 };
	uint8_t again[PART_HEADER_SIZE];
	struct part p = { 0 };
	struct part back = { 0 };
	struct error err = { 0 };

	memcpy(block, data, size < sizeof(block) ? size : sizeof(block));
	if (part_parse(block, &p, &err) < 0)
		return 0;
	if (p.number < 1 || p.number > p.count || p.count > PARTS_MAX || p.size > p.total)
		abort();
	if (part_format(&p, again, &err) < 0 || part_parse(again, &back, &err) < 0)
		abort();
	if (memcmp(&p.digest, &back.digest, sizeof(p.digest)) != 0 || p.offset != back.offset)
		abort();
	return 0;
}
