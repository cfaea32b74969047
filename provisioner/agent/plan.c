// SPDX-License-Identifier: Apache-2.0
/* Reads a plan. */
#include "provisioner/agent/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/encode.h"
#include "base/json.h"
#include "provisioner/model/layout.h"
#include "provisioner/model/plan.h"

#define FILE_CONTENT_MAX (1u << 20)

static const char *const kind_names[] = {
	[PLAN_KIND_ROOTFS] = "rootfs",
	[PLAN_KIND_DISK] = "disk",
};

static const char *const boot_names[] = {
	[PLAN_BOOT_AUTO] = "auto",
	[PLAN_BOOT_KEXEC] = "kexec",
	[PLAN_BOOT_REBOOT] = "reboot",
};

const char *plan_kind_name(enum plan_kind kind)
{
	return kind_names[kind];
}

const char *plan_boot_name(enum plan_boot boot)
{
	return boot_names[boot];
}

static int fail_plan(struct error *err, const char *what, const char *value)
{
	return fail_code(err, EINVAL, "SW-3023", "the plan's %s '%s' is not fit", what, value);
}

/* Repository names of the distribution spec: they go into a URL as they are. */
static bool is_repository(const char *name)
{
	return name[0] && name[0] != '/' && !strstr(name, "..") && !strstr(name, "//") &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-/")] == '\0';
}

static bool is_path(const char *path)
{
	size_t n = strlen(path);

	return path[0] == '/' && n > 1 && path[n - 1] != '/' && !strstr(path, "/../") &&
	       !strstr(path, "//") && (n < 3 || strcmp(path + n - 3, "/..") != 0);
}

/* One word of a command line: no white space, no quotes, nothing that is not visible ASCII. */
static bool is_argument(const char *arg)
{
	for (const char *p = arg; *p; p++)
		if (*p <= ' ' || *p > '~' || *p == '"' || *p == '\'' || *p == '\\')
			return false;
	return arg[0] != '\0';
}

static int read_kind(const char *kind, struct plan *p, struct error *err)
{
	for (size_t i = 0; i < sizeof(kind_names) / sizeof(kind_names[0]); i++) {
		if (strcmp(kind, kind_names[i]) == 0) {
			p->kind = (enum plan_kind)i;
			return 0;
		}
	}
	(void)fail_code(err, ENOTSUP, "SW-3024",
		"image '%s' is of kind '%s'; this agent writes 'rootfs' and 'disk'. Nothing was "
		"written",
		p->image, kind);
	return fail_hint(err, "name a rootfs or disk image in the profile");
}

static int read_image(const json_t *image, struct plan *p, struct error *err)
{
	const char *kind = json_str(image, "kind", "");
	const char *manifest = json_str(image, "manifest", "");

	p->image = json_str(image, "name", "");
	p->repository = json_str(image, "repository", "");
	p->size_bytes = (uint64_t)json_int(image, "size_bytes", 0);
	if (!is_repository(p->repository))
		return fail_plan(err, "repository", p->repository);
	if (digest_parse(manifest, &p->manifest, err) < 0)
		return fail_plan(err, "manifest", manifest);
	return read_kind(kind, p, err);
}

static int read_kernel_args(const json_t *args, struct plan *p, struct error *err)
{
	const json_t *arg;
	size_t i;

	json_array_foreach (args, i, arg) {
		const char *text = json_string_value(arg);

		if (i >= PLAN_ARGS_MAX || !is_argument(text))
			return fail_plan(err, "kernel argument", text);
		p->kernel_args[p->n_kernel_args++] = text;
	}
	return 0;
}

static struct disk_volume read_volume(const json_t *json)
{
	return (struct disk_volume){
		.mount = json_str(json, "mount", "/"),
		.filesystem = strcmp(json_str(json, "filesystem", ""), "xfs") == 0
				      ? FILESYSTEM_XFS
				      : FILESYSTEM_EXT4,
		.size_bytes = (uint64_t)json_int(json, "size", 0),
	};
}

/* plan_check() has let no more through than there is room for. */
static void read_layout(const json_t *layout, struct plan *p)
{
	const json_t *partition;
	size_t i;

	_Static_assert(DISK_VOLUMES_MAX == 1 + LAYOUT_PARTITIONS_MAX, "the root and the others");
	if (!layout)
		return;
	p->volumes[p->n_volumes++] = read_volume(json_object_get(layout, "root"));
	json_array_foreach (json_object_get(layout, "partitions"), i, partition)
		p->volumes[p->n_volumes++] = read_volume(partition);
}

static int read_boot(const char *name, struct plan *p, struct error *err)
{
	for (size_t i = 0; i < sizeof(boot_names) / sizeof(boot_names[0]); i++) {
		if (strcmp(name, boot_names[i]) == 0) {
			p->boot = (enum plan_boot)i;
			return 0;
		}
	}
	return fail_plan(err, "boot", name);
}

static int check_paths(const json_t *files, struct error *err)
{
	const json_t *file;
	size_t i;

	json_array_foreach (files, i, file) {
		const char *path = json_str(file, "path", "");

		if (!is_path(path))
			return fail_plan(err, "path", path);
	}
	return 0;
}

static int read_all(struct plan *p, struct error *err)
{
	const json_t *csr = json_object_get(p->json, "csr");
	int r;

	p->id = json_str(p->json, "id", "");
	p->hostname = json_str(p->json, "hostname", "");
	p->disk_rule = json_object_get(p->json, "disk");
	p->files = json_object_get(p->json, "files");
	read_layout(json_object_get(p->json, "layout"), p);
	if (json_is_object(csr)) {
		p->common_name = json_str(csr, "common_name", "");
		p->organization = json_str(csr, "organization", "");
	}
	r = read_image(json_object_get(p->json, "image"), p, err);
	if (r == 0)
		r = read_kernel_args(json_object_get(p->json, "kernel_args"), p, err);
	if (r == 0)
		r = read_boot(json_str(p->json, "boot", ""), p, err);
	return r == 0 ? check_paths(p->files, err) : r;
}

int plan_parse(json_t *json, struct plan *ret, struct error *err)
{
	struct plan p = { 0 };
	int r = plan_check(json, err);

	if (r < 0)
		return fail_code(
			err, EINVAL, "SW-3023", "the plan is not fit: %s", strdupa(err->text));
	p.json = json_incref(json);
	r = read_all(&p, err);
	if (r < 0) {
		plan_done(&p);
		return r;
	}
	*ret = p;
	return 0;
}

void plan_done(struct plan *p)
{
	json_decref(p->json);
	p->json = NULL;
}

static int read_content(const char *text, struct buf *content, struct error *err)
{
	size_t len = strlen(text), n = 0;
	auto_free uint8_t *room = malloc(len / 4 * 3 + 3);
	int r;

	if (!room)
		return fail_memory(err);
	r = base64_parse(text, len, room, len / 4 * 3 + 3, &n, err);
	if (r == 0) {
		buf_add(content, room, n);
		r = buf_check(content, "a file of the plan", err);
	}
	explicit_bzero(room, n); /* join files are secrets */
	return r;
}

int plan_file_read(
	const json_t *json, struct plan_file *ret, struct buf *content, struct error *err)
{
	const char *path = json_str(json, "path", "");
	const char *agent_key = json_str(json, "agent_key", "");

	if (!is_path(path))
		return fail_plan(err, "path", path);
	if (agent_key[0] && strcmp(agent_key, "kubelet-pem") != 0)
		return fail_plan(err, "agent_key", agent_key);
	*ret = (struct plan_file){
		.path = path,
		.mode = (mode_t)json_int(json, "mode", 0644) & 07777,
		.uid = (uid_t)json_int(json, "uid", 0),
		.gid = (gid_t)json_int(json, "gid", 0),
		.link = json_str(json, "link", NULL),
		.kubelet_pem = agent_key[0] != '\0',
	};
	if (ret->kubelet_pem)
		ret->mode = 0600;
	content->max = FILE_CONTENT_MAX;
	if (read_content(json_str(json, "content_base64", ""), content, err) < 0)
		return fail_in(err, "file '%s'", path);
	return 0;
}
