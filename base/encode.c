// SPDX-License-Identifier: Apache-2.0
/* Bytes as text: hex, base64, base64url. */
#include "base/encode.h"

#include <string.h>

void hex_format(const uint8_t *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
	*out = '\0';
}

int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int hex_parse(const char *text, uint8_t *out, size_t n, struct error *err)
{
	if (strlen(text) != 2 * n)
		return fail_code(err, EINVAL, NULL, "expected %zu hex digits, found %zu characters",
			2 * n, strlen(text));
	for (size_t i = 0; i < n; i++) {
		int high = hex_digit(text[2 * i]);
		int low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return fail_code(
				err, EINVAL, NULL, "not a hex digit at character %zu", 2 * i + 1);
		out[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64url_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void encode(const uint8_t *p, size_t n, const char *digits, bool pad, char *out)
{
	for (; n >= 3; p += 3, n -= 3) {
		*out++ = digits[p[0] >> 2];
		*out++ = digits[(p[0] & 3) << 4 | p[1] >> 4];
		*out++ = digits[(p[1] & 15) << 2 | p[2] >> 6];
		*out++ = digits[p[2] & 63];
	}
	if (n > 0) {
		uint8_t second = n > 1 ? p[1] : 0;

		*out++ = digits[p[0] >> 2];
		*out++ = digits[(p[0] & 3) << 4 | second >> 4];
		if (n > 1)
			*out++ = digits[(second & 15) << 2];
		for (size_t i = n; pad && i < 3; i++)
			*out++ = '=';
	}
	*out = '\0';
}

void base64_format(const uint8_t *p, size_t n, char *out)
{
	encode(p, n, base64_digits, true, out);
}

void base64url_format(const uint8_t *p, size_t n, char *out)
{
	encode(p, n, base64url_digits, false, out);
}

static int base64_value(char c)
{
	const char *at = c ? strchr(base64_digits, c) : NULL;

	return at ? (int)(at - base64_digits) : -1;
}

int base64_parse(const char *text, size_t text_len, uint8_t *out, size_t max, size_t *ret_n,
	struct error *err)
{
	size_t padding = 0, n;

	if (text_len % 4 != 0)
		return fail_code(
			err, EINVAL, NULL, "base64 text is not a multiple of 4 characters");
	while (padding < 2 && padding < text_len && text[text_len - 1 - padding] == '=')
		padding++;
	n = text_len / 4 * 3 - padding;
	if (n > max)
		return fail_code(
			err, EFBIG, NULL, "base64 text holds %zu bytes, at most %zu fit", n, max);
	for (size_t i = 0, o = 0; i < text_len; i += 4) {
		uint32_t word = 0;

		for (size_t k = 0; k < 4; k++) {
			bool pad = i + k >= text_len - padding;
			int value = pad ? 0 : base64_value(text[i + k]);

			if (value < 0)
				return fail_code(err, EINVAL, NULL,
					"not a base64 digit at character %zu", i + k + 1);
			word = word << 6 | (uint32_t)value;
		}
		for (size_t k = 0; k < 3; k++, word <<= 8) {
			if (o < n)
				out[o++] = (uint8_t)(word >> 16);
			else if (word & 0xff0000)
				return fail_code(err, EINVAL, NULL, "stray bits in base64 text");
		}
	}
	*ret_n = n;
	return 0;
}

/* The length of a well-formed sequence (RFC 3629) at p, or 0. */
static size_t utf8_sequence(const uint8_t *p, size_t n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	uint32_t c;

	if (len == 1)
		return p[0] != 0;
	if (p[0] < 0xc2 || p[0] > 0xf4 || len > n)
		return 0;
	c = p[0] & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fu);
	}
	return c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0 : len;
}

bool utf8_valid(const char *p, size_t n)
{
	while (n > 0) {
		size_t len = utf8_sequence((const uint8_t *)p, n);

		if (len == 0)
			return false;
		p += len;
		n -= len;
	}
	return true;
}

void utf8_copy(char *out, size_t size, const char *text)
{
	size_t n = strnlen(text, size);

	if (n == size) {
		n--;
		while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
	}
	memmove(out, text, n);
	out[n] = '\0';
}
