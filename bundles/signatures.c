// SPDX-License-Identifier: Apache-2.0
/* Several signatures in one file, and how many of them count. */
#include "bundles/signatures.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LINES 4 /* of a signature */

/* The first line of a signature is the one thing in it that is not signed. Known ones only, so that
 * no byte of a trusted key's signature can be changed without notice. */
static bool first_line_is_plain(const char *text, size_t n)
{
	static const char *const first_lines[] = {
		MINISIGN_UNTRUSTED,
		"untrusted comment: signature from minisign secret key\n",
		"untrusted comment: signature from rsign secret key\n",
	};

	for (size_t i = 0; i < sizeof(first_lines) / sizeof(first_lines[0]); i++)
		if (n > strlen(first_lines[i]) &&
			memcmp(text, first_lines[i], strlen(first_lines[i])) == 0)
			return true;
	return false;
}

/* Bytes of the first four lines; 0 where there are fewer. */
static size_t block_size(const char *text, size_t n)
{
	const char *at = text;

	for (int i = 0; i < LINES; i++) {
		const char *end = memchr(at, '\n', n - (size_t)(at - text));

		if (!end)
			return 0;
		at = end + 1;
	}
	return (size_t)(at - text);
}

/* Takes the next signature off the text. */
static int block_take(
	const char **text, size_t *n, struct minisign_signature *ret, struct error *err)
{
	size_t size = block_size(*text, *n);
	int r;

	if (size == 0 || memchr(*text, '\r', size))
		return fail_code(err, EBADMSG, "SW-2004", "it is no minisign signature");
	r = minisign_signature_parse(*text, size, ret, err);
	if (r < 0)
		return r;
	if (!first_line_is_plain(*text, size))
		return fail_code(
			err, EBADMSG, "SW-2004", "its untrusted comment is not minisign's or ours");
	*text += size;
	*n -= size;
	return 0;
}

/* Adds to "a, b"; what does not fit is left out, the counts stay right. */
static void name_add(char out[static SIGNATURES_NAMES_MAX], const char *name)
{
	size_t n = strlen(out);
	size_t room = SIGNATURES_NAMES_MAX - n;

	if (strlen(name) + 3 <= room)
		(void)snprintf(out + n, room, "%s%s", n ? ", " : "", name);
}

/* The ids of one file, to find a key that is there twice. */
struct ids {
	uint8_t id[SIGNATURES_MAX][MINISIGN_ID_SIZE];
	size_t count;
};

static int ids_add(struct ids *seen, const uint8_t id[static MINISIGN_ID_SIZE], struct error *err)
{
	char text[MINISIGN_ID_TEXT];

	for (size_t i = 0; i < seen->count; i++)
		if (memcmp(seen->id[i], id, MINISIGN_ID_SIZE) == 0)
			return fail_code(err, EBADMSG, "SW-2004", "key %s signed it twice",
				minisign_id_format(id, text));
	if (seen->count == SIGNATURES_MAX)
		return fail_code(
			err, EBADMSG, "SW-2004", "it has more than %d signatures", SIGNATURES_MAX);
	memcpy(seen->id[seen->count++], id, MINISIGN_ID_SIZE);
	return 0;
}

static int signature_count(const struct minisign_signature *sig, const void *p, size_t p_size,
	const struct trust *trust, struct signatures *s, struct error *err)
{
	const struct trust_key *key = trust_find(trust, sig->id);
	char id[MINISIGN_ID_TEXT];
	int r;

	s->count++;
	if (!key) {
		name_add(s->strangers, minisign_id_format(sig->id, id));
		return 0;
	}
	r = minisign_verify(&key->public, sig, p, p_size, err);
	if (r < 0)
		return fail_in(err, "key '%s'", key->name);
	if (s->trusted++ == 0)
		memcpy(s->comment, sig->comment, sizeof(s->comment));
	name_add(s->names, key->name);
	return 0;
}

int signatures_check(const char *text, size_t n, const void *p, size_t p_size,
	const struct trust *trust, struct signatures *ret, struct error *err)
{
	struct signatures s = { 0 };
	struct ids seen = { 0 };

	do {
		struct minisign_signature sig;
		int r = block_take(&text, &n, &sig, err);

		if (r == 0)
			r = ids_add(&seen, sig.id, err);
		if (r == 0)
			r = signature_count(&sig, p, p_size, trust, &s, err);
		if (r < 0)
			return r;
	} while (n > 0);
	*ret = s;
	return s.trusted < trust_needed(trust);
}

int signatures_missing(const struct signatures *s, const struct trust *trust, struct error *err)
{
	if (trust->count == 0)
		(void)fail_code(err, EBADMSG, "SW-2013",
			"it is signed with key %s, and no key is trusted yet; nothing was read further",
			s->strangers);
	else if (s->trusted == 0)
		(void)fail_code(err, EBADMSG, "SW-2003",
			"it is signed with key %s, which is none of the %zu trusted; nothing was read further",
			s->strangers, trust->count);
	else {
		(void)fail_code(err, EBADMSG, "SW-2040",
			"it needs the signatures of %zu trusted keys and has %zu: %s; nothing was read further",
			trust_needed(trust), s->trusted, s->names);
		return fail_hint(
			err, "Have another holder sign it: slipway bundle sign FILE -k KEY");
	}
	return fail_hint(err, "If the key is right: slipway trust add KEY.pub");
}

int signatures_add(struct buf *out, const struct minisign_secret *key, const void *p, size_t p_size,
	const char *comment, struct error *err)
{
	struct ids seen = { 0 };
	const char *text = buf_str(out);
	size_t n = out->len;
	char id[MINISIGN_ID_TEXT];
	char added[MINISIGN_FILE_MAX];
	int r = 0;

	while (r == 0 && n > 0) {
		struct minisign_signature sig;

		r = block_take(&text, &n, &sig, err);
		if (r == 0 && memcmp(sig.id, key->public.id, sizeof(sig.id)) == 0)
			return fail_code(err, EEXIST, "SW-2041", "key %s signed it already",
				minisign_id_format(sig.id, id));
		if (r == 0)
			r = ids_add(&seen, sig.id, err);
	}
	if (r == 0)
		r = ids_add(&seen, key->public.id, err);
	if (r == 0)
		r = minisign_sign(key, p, p_size, comment, added, err);
	if (r == 0)
		buf_puts(out, added);
	return r < 0 ? r : buf_check(out, "the signatures", err);
}
