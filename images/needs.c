// SPDX-License-Identifier: Apache-2.0
/* What an unpacked image must hold. */
#include "images/needs.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "images/target.h"

#define PATH_SIZE    512
#define BUILTIN_MAX  (1u << 20)
#define MODULES_PATH "/lib/modules"

static bool is_there(int root_fd, const char *path)
{
	struct error ignored;
	auto_close int fd = target_resolve(root_fd, path, O_PATH, &ignored);

	return fd >= 0;
}

/* True where modules.builtin of that kernel lists it. */
static bool is_built_in(int root_fd, const char *version, const char *module)
{
	auto_buf text = { .max = BUILTIN_MAX };
	char path[PATH_SIZE], line[PATH_SIZE];
	struct error ignored;
	auto_close int dir = -1;

	(void)snprintf(path, sizeof(path), MODULES_PATH "/%s", version);
	(void)snprintf(line, sizeof(line), "kernel/%s.ko\n", module);
	dir = target_resolve(root_fd, path, O_RDONLY | O_DIRECTORY, &ignored);
	return dir >= 0 &&
	       file_read_at(dir, "modules.builtin", BUILTIN_MAX, &text, &ignored) == 0 &&
	       strstr(buf_str(&text), line);
}

static bool has_module(int root_fd, const char *version, const char *module)
{
	static const char *const endings[] = { "ko", "ko.xz", "ko.zst", "ko.gz" };
	char path[PATH_SIZE];

	(void)snprintf(path, sizeof(path), MODULES_PATH "/%s", version);
	if (!version[0] || !is_there(root_fd, path))
		return true;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		(void)snprintf(path, sizeof(path), MODULES_PATH "/%s/kernel/%s.%s", version, module,
			endings[i]);
		if (is_there(root_fd, path))
			return true;
	}
	return is_built_in(root_fd, version, module);
}

static bool has_program(int root_fd, const char *program)
{
	static const char *const folders[] = { "/usr/sbin", "/sbin", "/usr/bin", "/bin" };
	char path[PATH_SIZE];

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folders[i], program);
		if (is_there(root_fd, path))
			return true;
	}
	return false;
}

int need_check(int root_fd, const char *image_kernel, const struct need *need, struct error *err)
{
	const char *missing = NULL;

	if (need->module && !has_module(root_fd, image_kernel, need->module))
		missing = need->module;
	else if (need->program && !has_program(root_fd, need->program))
		missing = need->program;
	if (!missing)
		return 0;
	fail_code(err, ENOTSUP, "SW-3015",
		"the image has no '%s', without which a system on %s does not start", missing,
		need->what);
	return fail_hint(err, "add %s to the image's packages in the recipe", need->packages);
}
