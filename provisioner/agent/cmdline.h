// SPDX-License-Identifier: Apache-2.0
/*
 * What the boot script told the agent: the kernel command line's `slipway.` arguments. All of it is
 * public; trust comes from the pin alone. Anyone on the network may have written the line, so each
 * value is checked for its shape before use. Other arguments are passed over.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/encode.h"
#include "base/error.h"
#include "provisioner/model/mac.h"

#define CMDLINE_MAX      4096
#define CMDLINE_ADDR_MAX 32
#define CMDLINE_SPKI_MAX (8 + BASE64_SIZE(DIGEST_SIZE))

struct cmdline {
	char server[CMDLINE_ADDR_MAX]; /* "10.9.0.1:8443", the machine API */
	char http[CMDLINE_ADDR_MAX];   /* "10.9.0.1:80", images */
	struct digest pin;             /* SHA-256 of the appliance's SubjectPublicKeyInfo */
	struct mac boot_mac;           /* the card the firmware booted from; zeros: not told */
};

/* Reads a line of at most CMDLINE_MAX bytes. The last of equal keys counts, as in the kernel.
 * Errors carry SW-5020: a value of the wrong shape, or server, http or pin missing. */
int cmdline_parse(const char *p, size_t n, struct cmdline *ret, struct error *err);

/* One setting, for callers that have them apart: key "server", "http", "pin" or "mac". -ENOENT
 * where there is no such key. */
int cmdline_set(struct cmdline *c, const char *key, const char *value, struct error *err);

/* 0, or what is missing (SW-5020). */
int cmdline_check(const struct cmdline *c, struct error *err);

/* The pin as libcurl wants it: "sha256//<base64>"; returns out. */
const char *cmdline_spki(const struct cmdline *c, char out[static CMDLINE_SPKI_MAX]);
