// SPDX-License-Identifier: Apache-2.0
/* Loads kernel modules. */
#include "provisioner/agent/modules.h"

#include <glob.h>
#include <libkmod.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"

#define PASSES_MAX 4 /* a bus driver shows devices, whose drivers show further ones */
#define ALIAS_MAX  4096

struct modules {
	struct kmod_ctx *ctx;
};

int modules_new(struct modules **ret, struct error *err)
{
	static const char *const no_config[] = { NULL };
	struct modules *m = NULL;
	struct utsname u;
	char folder[128];

	*ret = NULL;
	if (uname(&u) < 0)
		return fail(err, errno, "asking for the kernel's version");
	(void)snprintf(folder, sizeof(folder), "/lib/modules/%.65s/modules.dep.bin", u.release);
	if (!file_exists(folder))
		return 0;
	m = calloc(1, sizeof(*m));
	if (m)
		m->ctx = kmod_new(NULL, no_config);
	if (!m || !m->ctx) {
		free(m);
		return fail_memory(err);
	}
	kmod_set_log_priority(m->ctx, 0);
	(void)kmod_load_resources(m->ctx); /* faster look-ups; without them it reads the files */
	*ret = m;
	return 0;
}

void modules_free(struct modules *m)
{
	if (!m)
		return;
	kmod_unref(m->ctx);
	free(m);
}

size_t modules_load(struct modules *m, const char *alias)
{
	struct kmod_list *list = NULL, *item;
	size_t loaded = 0;

	if (!m || kmod_module_new_from_lookup(m->ctx, alias, &list) < 0)
		return 0;
	kmod_list_foreach(item, list)
	{
		struct kmod_module *mod = kmod_module_get_module(item);
		int state = kmod_module_get_initstate(mod);

		if (state != KMOD_MODULE_BUILTIN && state != KMOD_MODULE_LIVE &&
			kmod_module_probe_insert_module(
				mod, KMOD_PROBE_IGNORE_COMMAND, NULL, NULL, NULL, NULL) == 0)
			loaded++;
		kmod_module_unref(mod);
	}
	kmod_module_unref_list(list);
	return loaded;
}

/* A device with a driver needs no other; its modalias file stands beside the link. */
static bool has_driver(const char *modalias_path)
{
	char path[1024];
	int n = (int)(strrchr(modalias_path, '/') - modalias_path);

	(void)snprintf(path, sizeof(path), "%.*s/driver", n, modalias_path);
	return access(path, F_OK) == 0;
}

/* By the alias of its device: a PCI function of the class "network", or virtio's network device. */
static bool is_network(const char *alias)
{
	return (strncmp(alias, "pci:", 4) == 0 && strstr(alias, "bc02sc")) ||
	       strncmp(alias, "virtio:d00000001v", 17) == 0;
}

static size_t load_from_file(struct modules *m, const char *path, enum modules_kind kind)
{
	auto_buf alias = { .max = ALIAS_MAX };
	struct error err = { 0 };

	if (has_driver(path) || file_read(path, ALIAS_MAX, &alias, &err) < 0 || alias.len == 0)
		return 0; /* the device may have gone while we looked */
	alias.data[strcspn(alias.data, "\n")] = '\0';
	if (kind == MODULES_NETWORK && !is_network(buf_str(&alias)))
		return 0;
	return modules_load(m, buf_str(&alias));
}

static size_t coldplug_pass(struct modules *m, enum modules_kind kind)
{
	glob_t found = { 0 };
	size_t loaded = 0;

	if (glob("/sys/bus/*/devices/*/modalias", GLOB_NOSORT, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			loaded += load_from_file(m, found.gl_pathv[i], kind);
	globfree(&found);
	return loaded;
}

size_t modules_coldplug(struct modules *m, enum modules_kind kind)
{
	size_t all = 0, loaded = 1;

	for (int i = 0; m && i < PASSES_MAX && loaded > 0; i++) {
		loaded = coldplug_pass(m, kind);
		all += loaded;
	}
	return all;
}

int modules_main(int argc, char **argv)
{
	struct error err = { 0 };
	struct modules *m = NULL;

	if (argc < 2 || modules_new(&m, &err) < 0)
		return EXIT_FAILURE;
	(void)modules_load(m, argv[argc - 1]); /* the kernel looks for itself whether it helped */
	modules_free(m);
	return EXIT_SUCCESS;
}
