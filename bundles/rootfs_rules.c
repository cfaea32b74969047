// SPDX-License-Identifier: Apache-2.0
/* The traces of a build, and what takes their place. */
#include "bundles/rootfs_rules.h"

#include <fnmatch.h>
#include <sys/stat.h>

#define HOST_KEYS "etc/ssh/ssh_host_*"

/* Patterns of fnmatch(3) in which a '*' also takes slashes. */
static const char *const left_out[] = {
	"dev/*",
	"proc/*",
	"sys/*",
	"run/*",
	"tmp/*",
	"var/tmp/*",
	"var/cache/apt/*",
	"var/cache/debconf/*-old",
	"var/cache/ldconfig/*",
	"var/lib/apt/lists/*",
	"var/lib/dpkg/*-old",
	"var/lib/dbus/machine-id",
	"var/lib/systemd/random-seed",
	"var/lib/systemd/catalog/database",
	"var/log/*.log",
	"var/log/apt/*",
	"var/log/journal/*",
	"var/log/btmp",
	"var/log/wtmp",
	"var/log/lastlog",
	"var/log/faillog",
	"etc/machine-id",
	"etc/hostname",
	"etc/passwd-",
	"etc/shadow-",
	"etc/group-",
	"etc/gshadow-",
	"etc/subuid-",
	"etc/subgid-",
	"root/.*_history",
	HOST_KEYS,
};

/* The same, where they are regular files: a link of that name is the image's own. */
static const char *const left_out_files[] = {
	"etc/resolv.conf",
};

static bool matches(const char *path, const char *const *patterns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fnmatch(patterns[i], path, 0) == 0)
			return true;
	return false;
}

bool rootfs_is_left_out(const char *path, mode_t type)
{
	return matches(path, left_out, sizeof(left_out) / sizeof(left_out[0])) ||
	       (type == S_IFREG && matches(path, left_out_files,
					   sizeof(left_out_files) / sizeof(left_out_files[0])));
}

bool rootfs_is_host_key(const char *path)
{
	return fnmatch(HOST_KEYS, path, 0) == 0;
}

const struct overlay_item rootfs_machine_id = {
	.path = (char *)"etc/machine-id",
	.mode = 0444,
	.content = (char *)"",
};

#define HOST_KEYS_UNIT "usr/lib/systemd/system/ssh-host-keys.service"

const struct overlay_item rootfs_host_keys[ROOTFS_HOST_KEYS] = {
	{ .path = (char *)"etc/systemd/system/multi-user.target.wants/ssh-host-keys.service",
		.target = (char *)"/" HOST_KEYS_UNIT },
	{ .path = (char *)HOST_KEYS_UNIT,
		.mode = 0644,
		.content =
			(char *)"[Unit]\n"
				"Description=SSH host keys, made once by each machine for itself\n"
				"ConditionPathExistsGlob=!/etc/ssh/ssh_host_*_key\n"
				"Before=ssh.service\n"
				"\n"
				"[Service]\n"
				"Type=oneshot\n"
				"ExecStart=/usr/bin/ssh-keygen -A\n"
				"\n"
				"[Install]\n"
				"WantedBy=multi-user.target\n" },
};
