// SPDX-License-Identifier: Apache-2.0
/* Which block devices count as sticks, by what /sys says. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "bundles/stick.h"

#define BLOCK_DIR "/sys/class/block"

bool stick_name_valid(const char *device)
{
	static const char set[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	size_t n = strspn(device, set);

	return n > 0 && n < STICK_NAME_MAX && device[n] == '\0';
}

/* A number in a file of the device's folder; 0 where there is none. */
static unsigned long long number_read(const char *folder, const char *file)
{
	auto_buf text = { .max = 32 };
	struct error ignored = { 0 };
	char path[PATH_MAX + 32];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, file);
	return file_read(path, 32, &text, &ignored) < 0 ? 0 : strtoull(buf_str(&text), NULL, 10);
}

bool stick_is_one(const char *device)
{
	char link[sizeof(BLOCK_DIR) + STICK_NAME_MAX];
	auto_free char *folder = NULL;

	if (!stick_name_valid(device))
		return false;
	(void)snprintf(link, sizeof(link), BLOCK_DIR "/%s", device);
	folder = realpath(link, NULL);
	if (!folder || number_read(folder, "size") == 0)
		return false;
	return strstr(folder, "/usb") || number_read(folder, "removable") == 1 ||
	       number_read(folder, "../removable") == 1; /* of a partition's disk */
}

int stick_each(
	int (*fn)(const char *device, void *arg, struct error *err), void *arg, struct error *err)
{
	auto_dir DIR *dir = opendir(BLOCK_DIR);
	const struct dirent *e;
	int count = 0;
	int r = 0;

	if (!dir)
		return fail(err, errno, "reading '" BLOCK_DIR "'");
	while (r == 0 && count < STICK_DEVICES_MAX && (e = readdir(dir)))
		if (stick_is_one(e->d_name)) {
			count++;
			r = fn(e->d_name, arg, err);
		}
	return r;
}
