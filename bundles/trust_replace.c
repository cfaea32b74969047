// SPDX-License-Identifier: Apache-2.0
/*
 * A key in the place of an older one, which vouches for it.
 *
 * The mark that the old key was replaced is written first and means nothing until its successor is
 * trusted. So the successor's file, put in place by one rename, changes both keys at once; what is
 * left of the old one is then removed, and not read should that never happen.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "bundles/trust_impl.h"

/* The trusted key that signed the bytes of the new one. */
static int voucher_find(const struct trust *t, const struct buf *text, const char *path,
	const struct trust_key **ret, struct error *err)
{
	auto_buf file = { .max = MINISIGN_FILE_MAX };
	struct minisign_signature sig;
	char id[MINISIGN_ID_TEXT];
	int r = file_read(path, MINISIGN_FILE_MAX, &file, err);

	if (r < 0 && r != -EFBIG)
		return r;
	if (r == 0)
		r = minisign_signature_parse(buf_str(&file), file.len, &sig, err);
	else
		r = fail_code(err, EBADMSG, "SW-2004", "it is no minisign signature");
	if (r < 0)
		return fail_in(err, "'%s'", path);
	*ret = trust_find(t, sig.id);
	if (!*ret) {
		(void)fail_code(err, EBADMSG, "SW-2045",
			"'%s' is of key %s, which is not trusted; nothing was changed", path,
			minisign_id_format(sig.id, id));
		return fail_hint(
			err, "A key is replaced by one that it signed: slipway trust list");
	}
	r = minisign_verify(&(*ret)->public, &sig, buf_str(text), text->len, err);
	return r < 0 ? fail_in(err, "'%s'", path) : 0;
}

/* The new key's name and id must be free, but for those of the old one's name. */
static int place_check(const struct trust *t, const struct trust_key *old,
	const struct trust_key *key, struct error *err)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct trust_key *k = &t->keys[i];
		bool same_id = memcmp(k->public.id, key->public.id, MINISIGN_ID_SIZE) == 0;

		if (same_id || (k != old && strcmp(k->name, key->name) == 0))
			return fail_code(err, EEXIST, "SW-2046",
				"key '%s' is trusted already and has the same %s; nothing was changed",
				k->name, same_id ? "id" : "name");
	}
	return 0;
}

static int mark_write(const char *dir, const struct trust_key *old, const struct trust_key *key,
	struct error *err)
{
	char path[PATH_MAX];
	char id[MINISIGN_ID_TEXT];
	char text[MINISIGN_ID_TEXT + 1];
	int n = snprintf(path, sizeof(path), "%s/%s" TRUST_REPLACED, dir,
		minisign_id_format(old->public.id, id));

	if (n < 0 || n >= (int)sizeof(path))
		return fail(err, ENAMETOOLONG, "'%.80s'", dir);
	n = snprintf(text, sizeof(text), "%s\n", minisign_id_format(key->public.id, id));
	return file_write(path, text, (size_t)n, 0644, err);
}

int trust_replace(const char *dir, const char *path, const char *signature,
	struct trust_key *ret_old, struct trust_key *ret_new, struct error *err)
{
	auto_trust t = { 0 };
	auto_buf text = { .max = MINISIGN_FILE_MAX };
	struct trust_key key = { 0 };
	const struct trust_key *old = NULL;
	int r = trust_load(dir, &t, err);

	if (r == 0)
		r = trust_key_read(AT_FDCWD, path, &text, &key, err);
	if (r == 0)
		r = voucher_find(&t, &text, signature, &old, err);
	if (r == 0)
		r = place_check(&t, old, &key, err);
	if (r == 0)
		r = trust_refuse_replaced(dir, &key, err);
	if (r == 0)
		r = mark_write(dir, old, &key, err);
	if (r == 0)
		r = trust_key_write(dir, &key, err);
	if (r < 0)
		return r;
	*ret_old = *old;
	*ret_new = key;
	return strcmp(old->name, key.name) == 0 ? 0 : trust_key_unlink(dir, old->name, err);
}
