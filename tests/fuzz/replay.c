// SPDX-License-Identifier: Apache-2.0
/*
 * Runs a fuzz target over stored inputs, so that a corpus is replayed by any compiler:
 * TARGET FILE... Linked in the place of libFuzzer's main().
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (64u << 20)

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct error err = { 0 };
		auto_buf input = { .max = INPUT_MAX };

		if (file_read(argv[i], INPUT_MAX, &input, &err) < 0) {
			fprintf(stderr, "%s\n", err.text);
			return 1;
		}
		(void)LLVMFuzzerTestOneInput((const uint8_t *)buf_str(&input), input.len);
	}
	printf("%d inputs replayed\n", argc - 1);
	return 0;
}
