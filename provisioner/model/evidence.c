// SPDX-License-Identifier: Apache-2.0
/* Evidence: read from an inventory, freed of placeholders, compared. */
#include "provisioner/model/evidence.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/encode.h"
#include "base/json.h"

/* What makers left in place, seen in the field; compared without case, and as a whole. */
static const char *const placeholders[] = {
	"to be filled by o.e.m.",
	"to be filled by oem",
	"default string",
	"system serial number",
	"system product name",
	"chassis serial number",
	"base board serial number",
	"serial number",
	"not specified",
	"not applicable",
	"not available",
	"not settable",
	"not present",
	"no asset tag",
	"invalid",
	"unknown",
	"undefined",
	"default",
	"empty",
	"none",
	"n/a",
	"oem",
	"o.e.m.",
	"123456789",
	"1234567890",
	"0123456789",
	"12345678",
	"1234567",
	"03000200-0400-0500-0006-000700080009", /* the UUID of many boards of one BIOS vendor */
	"12345678-1234-5678-90ab-cddeefaabbcc",
};

static bool one_character(const char *text)
{
	char first = 0;

	for (; *text; text++) {
		if (*text == '-' || *text == ' ' || *text == '.' || *text == ':')
			continue;
		if (first && *text != first)
			return false;
		first = *text;
	}
	return true;
}

bool evidence_is_placeholder(const char *text)
{
	if (strlen(text) < 3 || one_character(text))
		return true;
	for (size_t i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++) {
		if (strcasecmp(placeholders[i], text) == 0)
			return true;
	}
	return false;
}

/* Copies without white space at the ends, and what is too long without its end. */
static void copy_trimmed(char out[static EVIDENCE_TEXT_MAX], const char *text)
{
	size_t n;

	while (isspace((unsigned char)*text))
		text++;
	utf8_copy(out, EVIDENCE_TEXT_MAX, text);
	n = strlen(out);
	while (n > 0 && isspace((unsigned char)out[n - 1]))
		out[--n] = 0;
}

static void copy_identity(char out[static EVIDENCE_TEXT_MAX], const char *text)
{
	copy_trimmed(out, text);
	if (evidence_is_placeholder(out))
		out[0] = 0;
}

static int compare_macs(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct mac));
}

static void add_mac(struct evidence *e, const char *text)
{
	struct error ignored;
	struct mac mac;

	/* a card without an address, or one past our limit, is no evidence and no fault */
	if (e->macs_n == EVIDENCE_MACS_MAX || mac_parse(text, &mac, &ignored) < 0 ||
		mac_is_null(&mac))
		return;
	for (size_t i = 0; i < e->macs_n; i++) {
		if (mac_equal(&e->macs[i], &mac))
			return;
	}
	e->macs[e->macs_n++] = mac;
}

int evidence_from_inventory(const json_t *inventory, struct evidence *ret, struct error *err)
{
	const json_t *dmi = json_object_get(inventory, "dmi");
	struct evidence e = { 0 };
	const json_t *nic;
	size_t i;

	if (mac_parse(json_str(inventory, "boot_mac", ""), &e.boot_mac, err) < 0)
		return fail_in(err, "boot_mac");
	if (mac_is_null(&e.boot_mac))
		return fail_code(err, EINVAL, NULL, "boot_mac: this is no station's address");
	json_array_foreach (json_object_get(inventory, "nics"), i, nic) {
		add_mac(&e, json_str(nic, "permanent_mac", ""));
	}
	qsort(e.macs, e.macs_n, sizeof(e.macs[0]), compare_macs);
	copy_trimmed(e.vendor, json_str(dmi, "vendor", ""));
	copy_trimmed(e.product, json_str(dmi, "product", ""));
	copy_identity(e.serial, json_str(dmi, "serial", ""));
	copy_identity(e.uuid, json_str(dmi, "uuid", ""));
	for (char *p = e.uuid; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	*ret = e;
	return 0;
}

static bool has_mac(const struct evidence *e, const struct mac *mac)
{
	if (mac_equal(&e->boot_mac, mac))
		return true;
	for (size_t i = 0; i < e->macs_n; i++) {
		if (mac_equal(&e->macs[i], mac))
			return true;
	}
	return false;
}

static bool share_mac(const struct evidence *a, const struct evidence *b)
{
	if (has_mac(b, &a->boot_mac))
		return true;
	for (size_t i = 0; i < a->macs_n; i++) {
		if (has_mac(b, &a->macs[i]))
			return true;
	}
	return false;
}

static bool same_text(const char *a, const char *b)
{
	return a[0] && strcmp(a, b) == 0;
}

enum evidence_match evidence_compare(const struct evidence *a, const struct evidence *b)
{
	if (mac_equal(&a->boot_mac, &b->boot_mac) && a->macs_n == b->macs_n &&
		memcmp(a->macs, b->macs, a->macs_n * sizeof(a->macs[0])) == 0 &&
		strcmp(a->serial, b->serial) == 0 && strcmp(a->uuid, b->uuid) == 0)
		return EVIDENCE_FULL;
	if (share_mac(a, b) || same_text(a->uuid, b->uuid) ||
		(same_text(a->serial, b->serial) && strcmp(a->vendor, b->vendor) == 0))
		return EVIDENCE_PART;
	return EVIDENCE_NONE;
}
