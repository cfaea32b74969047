// SPDX-License-Identifier: Apache-2.0
/* Reads the kernel command line (Documentation/admin-guide/kernel-parameters.rst). */
#include "provisioner/agent/cmdline.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define VALUE_MAX 256
#define PREFIX    "slipway."

static bool port_valid(const char *port)
{
	size_t n = strspn(port, "0123456789");
	unsigned value = 0;

	if (n == 0 || n > 5 || port[n])
		return false;
	for (size_t i = 0; i < n; i++)
		value = value * 10 + (unsigned)(port[i] - '0');
	return value > 0 && value <= 65535;
}

/* An IPv4 address and a port, nothing else: it goes into URLs as it is. */
static int set_address(char out[static CMDLINE_ADDR_MAX], const char *value, struct error *err)
{
	char host[CMDLINE_ADDR_MAX];
	const char *colon = strchr(value, ':');
	struct in_addr addr;

	if (colon && (size_t)(colon - value) < sizeof(host)) {
		(void)snprintf(host, sizeof(host), "%.*s", (int)(colon - value), value);
		if (inet_pton(AF_INET, host, &addr) == 1 && port_valid(colon + 1)) {
			(void)snprintf(out, CMDLINE_ADDR_MAX, "%s", value);
			return 0;
		}
	}
	return fail_code(err, EINVAL, "SW-5020", "'%s' is no IPv4 address and port", value);
}

static int set_pin(struct cmdline *c, const char *value, struct error *err)
{
	struct digest pin;

	if (digest_parse(value, &pin, err) < 0)
		return fail_code(err, EINVAL, "SW-5020", "'%s' is no pin (sha256:<hex>)", value);
	c->pin = pin;
	return 0;
}

static int set_mac(struct cmdline *c, const char *value, struct error *err)
{
	struct mac mac;

	if (mac_parse(value, &mac, err) < 0)
		return fail_code(err, EINVAL, "SW-5020", "'%s' is no MAC address", value);
	c->boot_mac = mac;
	return 0;
}

int cmdline_set(struct cmdline *c, const char *key, const char *value, struct error *err)
{
	if (strcmp(key, "server") == 0)
		return set_address(c->server, value, err);
	if (strcmp(key, "http") == 0)
		return set_address(c->http, value, err);
	if (strcmp(key, "pin") == 0)
		return set_pin(c, value, err);
	if (strcmp(key, "mac") == 0)
		return set_mac(c, value, err);
	return fail_code(err, ENOENT, NULL, "there is no setting '%s'", key);
}

int cmdline_check(const struct cmdline *c, struct error *err)
{
	static const struct digest no_pin;
	const char *missing = NULL;

	if (!c->server[0])
		missing = "server";
	else if (!c->http[0])
		missing = "http";
	else if (digest_equal(&c->pin, &no_pin))
		missing = "pin";
	if (!missing)
		return 0;
	(void)fail_code(err, EINVAL, "SW-5020", "the boot script gave no slipway.%s", missing);
	return fail_hint(err, "boot this machine from the appliance's network");
}

/* The end of the argument at p: a space outside double quotes. */
static const char *argument_end(const char *p, const char *end)
{
	bool quoted = false;

	for (; p < end && (quoted || (*p != ' ' && *p != '\n' && *p != '\t' && *p)); p++)
		if (*p == '"')
			quoted = !quoted;
	return p;
}

static int take_argument(struct cmdline *c, const char *p, size_t n, struct error *err)
{
	char text[VALUE_MAX];
	char *value;
	int r;

	if (n <= strlen(PREFIX) || memcmp(p, PREFIX, strlen(PREFIX)) != 0)
		return 0;
	if (n >= sizeof(text) || memchr(p, '"', n))
		return fail_code(
			err, EINVAL, "SW-5020", "a slipway. argument is quoted or too long");
	(void)snprintf(text, sizeof(text), "%.*s", (int)(n - strlen(PREFIX)), p + strlen(PREFIX));
	value = strchr(text, '=');
	if (!value)
		return 0;
	*value++ = '\0';
	r = cmdline_set(c, text, value, err);
	return r == -ENOENT ? 0 : r; /* a newer boot script may tell more */
}

int cmdline_parse(const char *p, size_t n, struct cmdline *ret, struct error *err)
{
	struct cmdline c = { 0 };
	const char *end = p + n;

	if (n > CMDLINE_MAX)
		return fail_code(err, E2BIG, "SW-5020", "the command line is too long");
	while (p < end) {
		const char *stop = argument_end(p, end);
		int r = take_argument(&c, p, (size_t)(stop - p), err);

		if (r < 0)
			return r;
		p = stop < end ? stop + 1 : end;
	}
	if (cmdline_check(&c, err) < 0)
		return err->number;
	*ret = c;
	return 0;
}

const char *cmdline_spki(const struct cmdline *c, char out[static CMDLINE_SPKI_MAX])
{
	memcpy(out, "sha256//", 8);
	base64_format(c->pin.bytes, DIGEST_SIZE, out + 8);
	return out;
}
