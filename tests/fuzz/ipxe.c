// SPDX-License-Identifier: Apache-2.0
/*
 * Fuzzes ipxe_agent_format(): the input is arguments, a line each. Whatever they are, the script
 * has the lines it has without them, and they stand in its one kernel line.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pxe/ipxe.h"

#define ARGS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count(const char *s, char c)
{
	size_t n = 0;

	for (; *s; s++)
		n += *s == c;
	return n;
}

static void format(const char *const *args)
{
	static const char *const none[] = { NULL };
	struct error err = { 0 };
	auto_buf plain = { 0 };
	auto_buf out = { 0 };

	if (ipxe_agent_format(args, &out, &err) < 0)
		return;
	assert(ipxe_agent_format(none, &plain, &err) == 0);
	assert(count(buf_str(&out), '\n') == count(buf_str(&plain), '\n'));
	assert(count(buf_str(&out), '|') == count(buf_str(&plain), '|'));
	assert(count(buf_str(&out), '$') == count(buf_str(&plain), '$'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *args[ARGS_MAX + 1] = { NULL };
	char *text = malloc(size + 1);
	char *rest = text;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	for (size_t i = 0; i < ARGS_MAX && rest; i++)
		args[i] = strsep(&rest, "\x01");
	format(args);
	free(text);
	return 0;
}
