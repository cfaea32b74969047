// SPDX-License-Identifier: Apache-2.0
/* Lines appended under a lock, and read back from the end. */
#include "base/audit.h"

#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/json.h"

#define FILE_NAME  "audit.jsonl"
#define OLD_NAME   "audit.jsonl.1"
#define FILE_MODE  0640
#define DIR_MODE   0700
#define TAIL_MAX   (1 << 20) /* bytes read of a file's end */
#define USER_MAX   64
#define PASSWD_MAX 4096

/* The name is kept with the number: an account may be gone when the log is read. Of the local file
 * alone: a name service that does not answer must not hold up the daemon. */
static void user_name(uid_t uid, char out[static USER_MAX])
{
	auto_file FILE *f = fopen("/etc/passwd", "re");
	struct passwd entry, *found = NULL;
	char text[PASSWD_MAX];

	snprintf(out, USER_MAX, "uid %u", (unsigned)uid);
	while (f && fgetpwent_r(f, &entry, text, sizeof(text), &found) == 0) {
		if (found->pw_uid == uid) {
			utf8_copy(out, USER_MAX, found->pw_name);
			return;
		}
	}
}

static int add_entry(const struct audit_entry *e, struct buf *line, struct error *err)
{
	char user[USER_MAX], object[AUDIT_TEXT_MAX], detail[AUDIT_TEXT_MAX];
	auto_json json_t *value = NULL;
	auto_free char *text = NULL;
	int r;

	user_name(e->uid, user);
	utf8_copy(object, sizeof(object), e->object);
	utf8_copy(detail, sizeof(detail), e->detail ? e->detail : "");
	value = json_pack("{s:I, s:I, s:s, s:s, s:s, s:s}", "time_ms", (json_int_t)now_ms(), "uid",
		(json_int_t)e->uid, "user", user, "action", e->action, "object", object, "detail",
		detail);
	r = json_write(value, &text, err);
	if (r < 0)
		return r;
	buf_printf(line, "%s\n", text);
	return 0;
}

/* Opened and locked under its name: another may have moved it away in between. */
static int open_locked(int dir, int *ret, struct error *err)
{
	for (;;) {
		auto_close int fd = openat(dir, FILE_NAME,
			O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
		struct stat mine, named;

		if (fd < 0 || flock(fd, LOCK_EX) < 0 || fstat(fd, &mine) < 0)
			return fail(err, errno, "opening '%s'", FILE_NAME);
		if (fstatat(dir, FILE_NAME, &named, AT_SYMLINK_NOFOLLOW) < 0 ||
			named.st_ino != mine.st_ino)
			continue;
		if (mine.st_size < AUDIT_FILE_MAX) {
			*ret = take_fd(&fd);
			return 0;
		}
		if (renameat(dir, FILE_NAME, dir, OLD_NAME) < 0)
			return fail(err, errno, "moving '%s' away", FILE_NAME);
	}
}

/* A line that a power cut tore is left behind: ours begins on a new one. */
static int heal(int fd, struct error *err)
{
	char last = '\n';
	off_t end = lseek(fd, 0, SEEK_END);

	if (end > 0 && pread(fd, &last, 1, end - 1) < 0)
		return fail(err, errno, "reading '%s'", FILE_NAME);
	return last == '\n' ? 0 : write_all(fd, "\n", 1, err);
}

static int append(const char *state_dir, const struct buf *lines, struct error *err)
{
	auto_close int dir = -1, fd = -1;
	struct stat owner;
	int r = make_dirs(state_dir, DIR_MODE, err);

	if (r < 0)
		return r;
	dir = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || fstat(dir, &owner) < 0)
		return fail(err, errno, "opening '%s'", state_dir);
	r = open_locked(dir, &fd, err);
	/* made by the command as root, it is the daemon's all the same; others may not and need not
	 */
	if (r == 0 && geteuid() == 0 && fchown(fd, owner.st_uid, owner.st_gid) < 0)
		return fail(err, errno, "giving '%s' to the state folder's owner", FILE_NAME);
	if (r == 0)
		r = heal(fd, err);
	if (r == 0)
		r = write_all(fd, buf_str(lines), lines->len, err);
	if (r == 0 && (fdatasync(fd) < 0 || fsync(dir) < 0))
		r = fail(err, errno, "syncing '%s'", FILE_NAME);
	return r;
}

int audit_append(
	const char *state_dir, const struct audit_entry *entries, size_t n, struct error *err)
{
	auto_buf lines = { 0 };
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = add_entry(&entries[i], &lines, err);
	if (r == 0)
		r = buf_check(&lines, "the entries", err);
	if (r == 0 && append(state_dir, &lines, err) == 0)
		return 0;
	snprintf(err->code, sizeof(err->code), "SW-1027");
	(void)fail_in(
		err, "nothing was changed, for the audit log in %s can't be written", state_dir);
	return fail_hint(err, "make room on its file system, or run this as root");
}

/* The file's end, from the start of a line on; empty where there is no such file. */
static int read_tail(const char *state_dir, const char *name, struct buf *b, struct error *err)
{
	char path[PATH_MAX], *text = NULL;
	auto_free char *owned = NULL;
	auto_close int fd = -1;
	struct stat st;
	size_t n = 0;
	off_t from;
	int r;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", state_dir, name) >= sizeof(path))
		return fail(err, ENAMETOOLONG, "'%.80s'", state_dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : fail(err, errno, "opening '%s'", path);
	if (fstat(fd, &st) < 0)
		return fail(err, errno, "reading '%s'", path);
	from = st.st_size > TAIL_MAX ? st.st_size - TAIL_MAX : 0;
	text = owned = malloc(TAIL_MAX);
	if (!text)
		return fail_memory(err);
	if (lseek(fd, from, SEEK_SET) < 0)
		return fail(err, errno, "reading '%s'", path);
	r = read_full(fd, text, TAIL_MAX, &n, err);
	if (r < 0)
		return r;
	if (from > 0) {
		const char *line = memchr(text, '\n', n);
		size_t skip = line ? (size_t)(line + 1 - text) : n;

		text += skip;
		n -= skip;
	}
	buf_add(b, text, n);
	return buf_check(b, name, err);
}

static void add_line(json_t *entries, const char *line, size_t n)
{
	struct error torn;
	json_t *entry = NULL;

	if (json_read(line, n, &entry, &torn) == 0 && json_is_object(entry))
		json_array_append_new(entries, entry);
	else
		json_decref(entry);
}

/* Lines are looked for from the end, so that no more than the wanted ones are parsed. */
static void add_lines(json_t *entries, const struct buf *b, size_t max)
{
	const char *text = buf_str(b), *end = text + b->len, *from = end;
	size_t lines = 0;

	while (from > text) {
		if (from[-1] == '\n' && from != end && ++lines == max)
			break;
		from--;
	}
	while (from < end) {
		const char *newline = memchr(from, '\n', (size_t)(end - from));

		if (!newline)
			break;
		add_line(entries, from, (size_t)(newline - from));
		from = newline + 1;
	}
}

int audit_read(const char *state_dir, size_t max, json_t **ret, struct error *err)
{
	auto_json json_t *entries = json_array();
	auto_buf b = { .max = 2 * TAIL_MAX };
	int r = read_tail(state_dir, OLD_NAME, &b, err);

	if (r == 0)
		r = read_tail(state_dir, FILE_NAME, &b, err);
	if (r < 0)
		return r;
	add_lines(entries, &b, max < AUDIT_READ_MAX ? max : AUDIT_READ_MAX);
	*ret = take_ptr(&entries);
	return 0;
}
