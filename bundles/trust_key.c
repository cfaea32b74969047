// SPDX-License-Identifier: Apache-2.0
/* One key of the folder: its file, its name, and whether another one has replaced it. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "bundles/trust_impl.h"

/* A key's name from its file's: only what is safe in a path and on a screen. */
static int key_name(const char *path, char out[static TRUST_NAME_MAX], struct error *err)
{
	static const char safe[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@+";
	const char *base = strrchr(path, '/');
	size_t n;

	base = base ? base + 1 : path;
	n = strlen(base);
	if (n > strlen(TRUST_SUFFIX) && strcmp(base + n - strlen(TRUST_SUFFIX), TRUST_SUFFIX) == 0)
		n -= strlen(TRUST_SUFFIX);
	if (n == 0 || n >= TRUST_NAME_MAX - strlen(TRUST_SUFFIX) || base[0] == '.' ||
		strspn(base, safe) < n)
		return fail_code(
			err, EINVAL, "SW-2010", "'%.80s' is no usable name for a key", base);
	memcpy(out, base, n);
	out[n] = '\0';
	return 0;
}

int trust_key_read(
	int dir_fd, const char *path, struct buf *text, struct trust_key *ret, struct error *err)
{
	int r = file_read_at(dir_fd, path, MINISIGN_FILE_MAX, text, err);

	if (r == -EFBIG)
		r = fail_code(err, EINVAL, "SW-2010", "it is no minisign public key");
	else if (r < 0)
		return r; /* names the file already */
	if (r == 0)
		r = minisign_public_parse(buf_str(text), text->len, &ret->public, err);
	return r < 0 ? fail_in(err, "key '%s'", path) : key_name(path, ret->name, err);
}

static int key_path(const char *dir, const char *name, char out[static PATH_MAX], struct error *err)
{
	int n = snprintf(out, PATH_MAX, "%s/%s" TRUST_SUFFIX, dir, name);

	return n < 0 || n >= PATH_MAX ? fail(err, ENAMETOOLONG, "'%.80s'", dir) : 0;
}

int trust_key_write(const char *dir, const struct trust_key *key, struct error *err)
{
	char text[MINISIGN_FILE_MAX];
	char target[PATH_MAX];
	int r = key_path(dir, key->name, target, err);

	minisign_public_format(&key->public, text);
	if (r == 0)
		r = make_dirs(dir, 0755, err);
	return r < 0 ? r : file_write(target, text, strlen(text), 0644, err);
}

int trust_key_unlink(const char *dir, const char *name, struct error *err)
{
	char target[PATH_MAX];
	int r = key_path(dir, name, target, err);

	if (r == 0 && unlink(target) < 0)
		r = fail(err, errno, "removing '%s'", target);
	return r;
}

bool trust_successor(
	int dir_fd, const uint8_t id[static MINISIGN_ID_SIZE], char out[static MINISIGN_ID_TEXT])
{
	auto_buf text = { .max = MINISIGN_ID_TEXT };
	struct error ignored = { 0 };
	char name[MINISIGN_ID_TEXT + sizeof(TRUST_REPLACED)];

	(void)minisign_id_format(id, out);
	(void)snprintf(name, sizeof(name), "%s" TRUST_REPLACED, out);
	if (file_read_at(dir_fd, name, MINISIGN_ID_TEXT, &text, &ignored) < 0)
		return false;
	(void)snprintf(
		out, MINISIGN_ID_TEXT, "%.*s", (int)strcspn(buf_str(&text), "\n"), buf_str(&text));
	return true;
}

int trust_refuse_replaced(const char *dir, const struct trust_key *key, struct error *err)
{
	auto_close int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char id[MINISIGN_ID_TEXT];
	char by[MINISIGN_ID_TEXT];

	if (dir_fd < 0 || !trust_successor(dir_fd, key->public.id, by))
		return 0;
	return fail_code(err, EPERM, "SW-2044",
		"key %s was replaced by key %s and can't come back; nothing was changed",
		minisign_id_format(key->public.id, id), by);
}
