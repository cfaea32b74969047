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
#include "bundles/trust_impl.h"

static int key_append(struct trust *t, int dir_fd, const char *path, struct error *err)
{
	auto_buf text = { .max = MINISIGN_FILE_MAX };
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
	r = trust_key_read(dir_fd, path, &text, &keys[t->count], err);
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

		if (e->d_name[0] != '.' && n > strlen(TRUST_SUFFIX) &&
			strcmp(e->d_name + n - strlen(TRUST_SUFFIX), TRUST_SUFFIX) == 0)
			r = key_append(t, dirfd(dir), e->d_name, err);
	}
	return r;
}

/* True where the key was replaced by one of those that were read. */
static bool key_is_replaced(const struct trust *t, int dir_fd, const struct trust_key *key)
{
	char by[MINISIGN_ID_TEXT];
	char id[MINISIGN_ID_TEXT];

	if (!trust_successor(dir_fd, key->public.id, by))
		return false;
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(minisign_id_format(t->keys[i].public.id, id), by) == 0)
			return true;
	return false;
}

/* Leaves out what a replacement that was cut off in its last step has left. */
static void replaced_drop(struct trust *t, int dir_fd)
{
	for (size_t i = 0; i < t->count;) {
		if (!key_is_replaced(t, dir_fd, &t->keys[i])) {
			i++;
			continue;
		}
		t->count--;
		memmove(&t->keys[i], &t->keys[i + 1], (t->count - i) * sizeof(*t->keys));
	}
}

/* The file holds one number and a newline. A damaged one is an error: it must not mean one key. */
static int threshold_read(int dir_fd, size_t *ret, struct error *err)
{
	auto_buf text = { .max = 16 };
	char *end;
	int r = file_read_at(dir_fd, TRUST_THRESHOLD, 16, &text, err);

	*ret = 1;
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	*ret = strtoul(buf_str(&text), &end, 10);
	if (strcmp(end, "\n") != 0 || *ret < 1 || *ret > TRUST_KEYS_MAX) {
		(void)fail_code(
			err, EINVAL, "SW-2042", "'" TRUST_THRESHOLD "' holds no number of keys");
		return fail_hint(err, "Write the number of keys that must sign into that file.");
	}
	return 0;
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
	if (r == 0)
		r = threshold_read(dirfd(dir), &t.threshold, err);
	if (r < 0) {
		trust_done(&t);
		return fail_in(err, "reading the trusted keys in '%s'", path);
	}
	replaced_drop(&t, dirfd(dir));
	if (t.count > 0)
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

int trust_add(const char *dir, const char *path, struct trust_key *ret, struct error *err)
{
	auto_trust t = { 0 };
	auto_buf text = { .max = MINISIGN_FILE_MAX };
	const struct trust_key *same;
	int r = trust_key_read(AT_FDCWD, path, &text, ret, err);

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
	r = trust_refuse_replaced(dir, ret, err);
	return r < 0 ? r : trust_key_write(dir, ret, err);
}

static const struct trust_key *key_named(const struct trust *t, const char *name_or_id)
{
	char id[MINISIGN_ID_TEXT];

	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->keys[i].name, name_or_id) == 0 ||
			strcasecmp(minisign_id_format(t->keys[i].public.id, id), name_or_id) == 0)
			return &t->keys[i];
	return NULL;
}

int trust_remove(const char *dir, const char *name_or_id, struct error *err)
{
	auto_trust t = { 0 };
	const struct trust_key *key;
	int r = trust_load(dir, &t, err);

	if (r < 0)
		return r;
	key = key_named(&t, name_or_id);
	if (!key) {
		(void)fail_code(
			err, ENOENT, NULL, "no trusted key has the name or id '%.80s'", name_or_id);
		return fail_hint(err, "slipway trust list");
	}
	if (trust_needed(&t) > 1 && t.count - 1 < trust_needed(&t)) {
		(void)fail_code(err, EPERM, "SW-2043",
			"without key '%s' %zu keys are left, and a bundle needs %zu; nothing was changed",
			key->name, t.count - 1, trust_needed(&t));
		return fail_hint(err, "First: slipway trust threshold %zu", t.count - 1);
	}
	return trust_key_unlink(dir, key->name, err);
}

int trust_set_threshold(const char *dir, size_t k, struct error *err)
{
	auto_trust t = { 0 };
	char path[PATH_MAX];
	char text[24];
	int n = snprintf(path, sizeof(path), "%s/" TRUST_THRESHOLD, dir);
	int r = n < 0 || n >= (int)sizeof(path) ? fail(err, ENAMETOOLONG, "'%.80s'", dir)
						: trust_load(dir, &t, err);

	if (r < 0)
		return r;
	if (k < 1 || k > t.count) {
		(void)fail_code(err, EINVAL, "SW-2042",
			"%zu keys are trusted, so a bundle can't need %zu; nothing was changed",
			t.count, k);
		return fail_hint(err, "slipway trust add KEY.pub");
	}
	n = snprintf(text, sizeof(text), "%zu\n", k);
	return file_write(path, text, (size_t)n, 0644, err);
}
