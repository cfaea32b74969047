// SPDX-License-Identifier: Apache-2.0
/* Cleans text from hardware. */
#include "provisioner/agent/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/encode.h"

/* Bytes of the UTF-8 character at p, or 0 where there is no valid one. */
static size_t character_size(const char *p, size_t n)
{
	uint8_t lead = (uint8_t)*p;
	size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

	return size <= n && utf8_valid(p, size) ? size : 0;
}

static uint32_t character_value(const char *p, size_t size)
{
	static const uint8_t lead_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t value = (uint8_t)p[0] & lead_bits[size];

	for (size_t i = 1; i < size; i++)
		value = value << 6 | ((uint8_t)p[i] & 0x3f);
	return value;
}

/* C0, DEL, C1, line and paragraph separators, and the controls of bidirectional text. */
static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

const char *text_clean(const char *p, size_t n, char *out, size_t size)
{
	size_t len = 0;
	bool space = false;

	for (size_t i = 0, step; i < n && p[i]; i += step ? step : 1) {
		step = character_size(p + i, n - i);
		if (p[i] == ' ' || p[i] == '\t' || p[i] == '\n') {
			space = len > 0;
			continue;
		}
		if (step == 0 || is_control(character_value(p + i, step)))
			continue;
		if (step + space >= size - len)
			break;
		if (space)
			out[len++] = ' ';
		space = false;
		memcpy(out + len, p + i, step);
		len += step;
	}
	out[len] = '\0';
	return out;
}
