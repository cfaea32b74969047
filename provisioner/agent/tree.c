// SPDX-License-Identifier: Apache-2.0
/* Small files of /sys and /proc. */
#include "provisioner/agent/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

#define FILE_MAX 4096

/* Formats the caller's path below the root into `path`. */
#define TREE_FORMAT(t, path, fmt)                                                                  \
	do {                                                                                       \
		va_list ap_;                                                                       \
		int n_ = snprintf(path, TREE_PATH_MAX, "%s", (t)->root);                           \
		va_start(ap_, fmt);                                                                \
		if (n_ < TREE_PATH_MAX)                                                            \
			(void)vsnprintf((path) + n_, TREE_PATH_MAX - n_, fmt, ap_);                \
		va_end(ap_);                                                                       \
	} while (0)

const char *tree_path(const struct tree *t, char out[static TREE_PATH_MAX], const char *fmt, ...)
{
	TREE_FORMAT(t, out, fmt);
	return out;
}

static size_t read_file(const char *path, uint8_t *out, size_t size)
{
	struct error err = { 0 };
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t n = 0;

	if (fd < 0 || read_full(fd, out, size, &n, &err) < 0)
		return 0;
	return n;
}

const char *tree_text(const struct tree *t, char *out, size_t size, const char *fmt, ...)
{
	char path[TREE_PATH_MAX];
	uint8_t raw[FILE_MAX];

	TREE_FORMAT(t, path, fmt);
	return text_clean((const char *)raw, read_file(path, raw, sizeof(raw)), out, size);
}

size_t tree_bytes(const struct tree *t, uint8_t *out, size_t size, const char *fmt, ...)
{
	char path[TREE_PATH_MAX];

	TREE_FORMAT(t, path, fmt);
	return read_file(path, out, size);
}

int64_t tree_number(const struct tree *t, int64_t otherwise, const char *fmt, ...)
{
	char path[TREE_PATH_MAX], text[32] = "", *end;
	long long value;

	TREE_FORMAT(t, path, fmt);
	(void)read_file(path, (uint8_t *)text, sizeof(text) - 1);
	errno = 0;
	value = strtoll(text, &end, 10);
	return end == text || errno ? otherwise : value;
}

const char *tree_link(const struct tree *t, char *out, size_t size, const char *fmt, ...)
{
	char path[TREE_PATH_MAX], target[TREE_PATH_MAX];
	const char *slash;
	ssize_t n;

	TREE_FORMAT(t, path, fmt);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	slash = strrchr(target, '/');
	return text_clean(
		slash ? slash + 1 : target, strlen(slash ? slash + 1 : target), out, size);
}

const char *tree_real(const struct tree *t, char out[static TREE_PATH_MAX], const char *fmt, ...)
{
	char path[TREE_PATH_MAX];
	auto_free char *real = NULL;
	auto_free char *root = NULL;
	size_t skip;

	TREE_FORMAT(t, path, fmt);
	out[0] = '\0';
	real = realpath(path, NULL);
	root = realpath(t->root[0] ? t->root : "/", NULL);
	if (!real || !root)
		return out;
	skip = strlen(root) > 1 ? strlen(root) : 0;
	if (strncmp(real, root, skip) == 0)
		(void)snprintf(out, TREE_PATH_MAX, "%s", real + skip);
	return out;
}

bool tree_has(const struct tree *t, const char *fmt, ...)
{
	char path[TREE_PATH_MAX];

	TREE_FORMAT(t, path, fmt);
	return file_exists(path);
}

int tree_list(const struct tree *t, const char *folder, int (*each)(const char *name, void *arg),
	void *arg)
{
	char path[TREE_PATH_MAX];
	struct dirent **entries = NULL;
	int n = scandir(tree_path(t, path, "%s", folder), &entries, NULL, versionsort);
	int r = 0;

	for (int i = 0; i < n; i++) {
		if (r == 0 && entries[i]->d_name[0] != '.')
			r = each(entries[i]->d_name, arg);
		free(entries[i]);
	}
	free(entries);
	return r;
}

/* "0000:00:04.0": domain, bus, device, function. */
static bool is_pci(const char *part, size_t n)
{
	static const char shape[] = "xxxx:xx:xx.x";

	if (n != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; i < n; i++)
		if (shape[i] == 'x' ? !strchr("0123456789abcdef", part[i]) : part[i] != shape[i])
			return false;
	return true;
}

const char *tree_pci(const char *real, char *out, size_t size)
{
	out[0] = '\0';
	for (const char *p = strchr(real, '/'); p; p = strchr(p, '/')) {
		size_t n = strcspn(++p, "/");

		if (is_pci(p, n))
			(void)snprintf(out, size, "%.*s", (int)n, p);
	}
	return out;
}
