// SPDX-License-Identifier: Apache-2.0
/* Ethernet addresses: six bytes, written with colons (people) or hyphens (iPXE, dnsmasq tags). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define MAC_TEXT_MAX 18

struct mac {
	uint8_t bytes[6];
};

/* "52:54:00:12:34:56" or the same with hyphens, either case; anything else is -EINVAL. */
int mac_parse(const char *text, struct mac *ret, struct error *err);
/* Lower case with colons; returns out. */
const char *mac_format(const struct mac *m, char out[static MAC_TEXT_MAX]);
bool mac_equal(const struct mac *a, const struct mac *b);
/* No station's own address: all zeros or a group address. */
bool mac_is_null(const struct mac *m);
