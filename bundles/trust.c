// SPDX-License-Identifier: Apache-2.0
/* The folder of trusted keys. */
#include "bundles/trust.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

#define SUFFIX ".pub"

/* A key's name from its file's: only what is safe in a path and on a screen. */
static int key_name(const char *path, char out[static TRUST_NAME_MAX], struct error *err)
{
	static const char safe[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@+";
	const char *base = strrchr(path, '/');
	size_t n;

	base = base ? base + 1 : path;
	n = strlen(base);
	if (n > strlen(SUFFIX) && strcmp(base + n - strlen(SUFFIX), SUFFIX) == 0)
		n -= strlen(SUFFIX);
	if (n == 0 || n >= TRUST_NAME_MAX - strlen(SUFFIX) || base[0] == '.' ||
		strspn(base, safe) < n)
		return fail_code(
			err, EINVAL, "SW-2010", "'%.80s' is no usable name for a key", base);
	memcpy(out, base, n);
	out[n] = '\0';
	return 0;
}

static int key_read(int dir_fd, const char *path, struct trust_key *ret, struct error *err)
{
	auto_buf text = { .max = MINISIGN_FILE_MAX };
	int r = file_read_at(dir_fd, path, MINISIGN_FILE_MAX, &text, err);

	if (r == -EFBIG)
		r = fail_code(err, EINVAL, "SW-2010", "it is no minisign public key");
	else if (r < 0)
		return r; /* names the file already */
	if (r == 0)
		r = minisign_public_parse(buf_str(&text), text.len, &ret->public, err);
	return r < 0 ? fail_in(err, "key '%s'", path) : key_name(path, ret->name, err);
}

static int key_append(struct trust *t, int dir_fd, const char *path, struct error *err)
{
	struct trust_key *keys;
	int r;

	if (t->count >= TRUST_KEYS_MAX)
		return fail_code(
			err, E2BIG, "SW-2010", "there are more than %d keys", TRUST_KEYS_MAX);
	keys = reallocarray(t->keys, t->count + 1, sizeof(*keys));
	if (!keys)
		return fail_memory(err);
	t->keys = keys;
	keys[t->count] = (struct trust_key){ 0 };
	r = key_read(dir_fd, path, &keys[t->count], err);
	t->count += r == 0;
	return r;
}

static int key_order(const void *a, const void *b)
{
	return strcmp(((const struct trust_key *)a)->name, ((const struct trust_key *)b)->name);
}

static int folder_read(DIR *dir, struct trust *t, struct error *err)
{
	const struct dirent *e;
	int r = 0;

	while (r == 0 && (e = readdir(dir))) {
		size_t n = strlen(e->d_name);

		if (e->d_name[0] != '.' && n > strlen(SUFFIX) &&
			strcmp(e->d_name + n - strlen(SUFFIX), SUFFIX) == 0)
			r = key_append(t, dirfd(dir), e->d_name, err);
	}
	return r;
}

int trust_load(const char *path, struct trust *ret, struct error *err)
{
	struct trust t = { 0 };
	auto_dir DIR *dir = opendir(path);
	int r;

	*ret = t;
	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return fail(err, errno, "opening the folder of trusted keys '%s'", path);
	r = folder_read(dir, &t, err);
	if (r < 0) {
		trust_done(&t);
		return fail_in(err, "reading the trusted keys in '%s'", path);
	}
	qsort(t.keys, t.count, sizeof(*t.keys), key_order);
	*ret = t;
	return 0;
}

int trust_load_file(const char *path, struct trust *ret, struct error *err)
{
	struct trust t = { 0 };
	int r = key_append(&t, AT_FDCWD, path, err);

	if (r < 0) {
		trust_done(&t);
		return r;
	}
	*ret = t;
	return 0;
}

void trust_done(struct trust *t)
{
	free(t->keys);
	*t = (struct trust){ 0 };
}

const struct trust_key *trust_find(const struct trust *t, const uint8_t id[static MINISIGN_ID_SIZE])
{
	for (size_t i = 0; i < t->count; i++)
		if (memcmp(t->keys[i].public.id, id, MINISIGN_ID_SIZE) == 0)
			return &t->keys[i];
	return NULL;
}

static int key_path(const char *dir, const char *name, char *out, size_t size, struct error *err)
{
	int n = snprintf(out, size, "%s/%s" SUFFIX, dir, name);

	return n < 0 || (size_t)n >= size ? fail(err, ENAMETOOLONG, "'%s'", dir) : 0;
}

int trust_add(const char *dir, const char *path, struct trust_key *ret, struct error *err)
{
	auto_trust t = { 0 };
	char text[MINISIGN_FILE_MAX];
	char target[4096];
	const struct trust_key *same;
	int r = key_read(AT_FDCWD, path, ret, err);

	if (r == 0)
		r = trust_load(dir, &t, err);
	if (r < 0)
		return r;
	same = trust_find(&t, ret->public.id);
	if (same && memcmp(&same->public, &ret->public, sizeof(same->public)) == 0)
		return 1;
	for (size_t i = 0; i < t.count; i++)
		if (&t.keys[i] == same || strcmp(t.keys[i].name, ret->name) == 0)
			return fail_code(err, EEXIST, "SW-2010",
				"another key named '%s' is trusted already; nothing was changed",
				t.keys[i].name);
	minisign_public_format(&ret->public, text);
	r = key_path(dir, ret->name, target, sizeof(target), err);
	if (r == 0)
		r = make_dirs(dir, 0755, err);
	return r < 0 ? r : file_write(target, text, strlen(text), 0644, err);
}

int trust_remove(const char *dir, const char *name_or_id, struct error *err)
{
	auto_trust t = { 0 };
	char id[MINISIGN_ID_TEXT];
	char target[4096];
	int r = trust_load(dir, &t, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < t.count; i++) {
		if (strcmp(t.keys[i].name, name_or_id) != 0 &&
			strcasecmp(minisign_id_format(t.keys[i].public.id, id), name_or_id) != 0)
			continue;
		r = key_path(dir, t.keys[i].name, target, sizeof(target), err);
		if (r == 0 && unlink(target) < 0)
			r = fail(err, errno, "removing '%s'", target);
		return r;
	}
	(void)fail_code(err, ENOENT, NULL, "no trusted key has the name or id '%.80s'", name_or_id);
	return fail_hint(err, "slipway trust list");
}
