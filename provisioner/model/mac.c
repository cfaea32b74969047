// SPDX-License-Identifier: Apache-2.0
/* Ethernet addresses as text. */
#include "provisioner/model/mac.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"

int mac_parse(const char *text, struct mac *ret, struct error *err)
{
	struct mac m;
	char separator = strlen(text) == MAC_TEXT_MAX - 1 ? text[2] : 0;

	if (separator != ':' && separator != '-')
		return fail_code(err, EINVAL, NULL, "this is no Ethernet address");
	for (size_t i = 0; i < sizeof(m.bytes); i++) {
		const char *p = text + 3 * i;
		int high = hex_digit(p[0]), low = hex_digit(p[1]);

		if (high < 0 || low < 0 || p[2] != (i + 1 < sizeof(m.bytes) ? separator : 0))
			return fail_code(err, EINVAL, NULL, "this is no Ethernet address");
		m.bytes[i] = (uint8_t)(high << 4 | low);
	}
	*ret = m;
	return 0;
}

const char *mac_format(const struct mac *m, char out[static MAC_TEXT_MAX])
{
	const uint8_t *b = m->bytes;

	snprintf(out, MAC_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4],
		b[5]);
	return out;
}

bool mac_equal(const struct mac *a, const struct mac *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool mac_is_null(const struct mac *m)
{
	static const struct mac zero;

	return mac_equal(m, &zero) || (m->bytes[0] & 1);
}
