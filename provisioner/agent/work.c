// SPDX-License-Identifier: Apache-2.0
/* Carries out a plan. */
#include "provisioner/agent/work.h"

#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "images/disk_image.h"
#include "images/install.h"
#include "provisioner/agent/image.h"
#include "provisioner/agent/inventory.h"
#include "provisioner/agent/join.h"
#include "provisioner/agent/progress.h"
#include "provisioner/agent/receipt.h"
#include "provisioner/agent/seed.h"
#include "provisioner/agent/undo.h"
#include "provisioner/model/disk_rule.h"

#define PAUSE_MS 1000

/* One plan on its way. */
struct job {
	const struct work *work;
	struct plan plan;
	struct progress progress;
	struct fetch fetch;
	struct image image;
	struct join join;
	json_t *disks;         /* as found now */
	const json_t *disk;    /* the chosen one; borrowed from disks */
	char device[PATH_MAX]; /* its device file */
	bool bios;
	struct install_result result;
	char *receipt;               /* JSON text; NULL: not written yet */
	struct blob_trail trails[2]; /* of the two tries a disk image has */
	size_t tries;                /* that failed */
};

static int choose_disk(struct job *j, const struct inventory *in, struct error *err)
{
	char path[TREE_PATH_MAX];
	int r;

	j->disks = disk_json_all(in->disks, in->n_disks);
	r = disk_rule_pick(j->plan.disk_rule, j->disks, &j->disk, err);
	if (r < 0)
		return r;
	/* The device itself: partitions are named after it. */
	(void)tree_path(j->work->tree, path, "/dev/%s", json_str(j->disk, "name", ""));
	if (!realpath(path, j->device))
		return fail(err, errno, "finding disk '%s'", path);
	return 0;
}

static int look_around(struct job *j, char arch[static 32], struct error *err)
{
	auto_free struct inventory *in = NULL;
	int r = inventory_read(j->work->tree, &in, err);

	if (r < 0)
		return r;
	j->bios = strcmp(in->firmware, "bios") == 0;
	(void)snprintf(arch, 32, "%s", in->arch);
	return choose_disk(j, in, err);
}

static int on_install(const struct install_progress *p, void *arg)
{
	return progress_tell(arg, p->step, p->done_bytes, p->total_bytes);
}

static int on_trouble(const struct error *err, void *arg)
{
	struct progress *p = arg;
	int stop = progress_tell(p, p->step, p->done_bytes, p->total_bytes);

	screen_problem(p->screen, "%s; trying again", err->text);
	return stop;
}

static int write_file(struct job *j, struct install *in, const json_t *json, struct error *err)
{
	auto_buf content = { 0 };
	struct plan_file file;
	struct target_file target;
	int r = join_file_read(&j->join, json, &file, &content, err);

	if (r == 0) {
		target = (struct target_file){
			.path = file.path,
			.mode = file.mode,
			.uid = file.uid,
			.gid = file.gid,
			.content = buf_str(&content),
			.size = content.len,
			.link = file.link,
		};
		r = install_write_file(in, &target, err);
	}
	if (content.data)
		explicit_bzero(content.data, content.cap);
	return r;
}

static int write_files(struct job *j, struct install *in, const json_t *files, struct error *err)
{
	const json_t *file;
	size_t i;
	int r;

	json_array_foreach (files, i, file)
		if ((r = write_file(j, in, file, err)) < 0)
			return r;
	return 0;
}

/* Made once all of the image is there and right; the same text goes onto the disk and to the
 * appliance. */
static int make_receipt(struct job *j, struct error *err)
{
	free(take_ptr(&j->receipt));
	return receipt_make(&j->plan, &j->image, j->disk, j->work->api->cmdline, &j->receipt, err);
}

static int write_receipt(struct job *j, struct install *in, struct error *err)
{
	struct target_file file = { .path = RECEIPT_PATH, .mode = 0644 };
	int r = make_receipt(j, err);

	if (r < 0)
		return r;
	file.content = j->receipt;
	file.size = strlen(j->receipt);
	return install_write_file(in, &file, err);
}

static int install_rootfs(struct job *j, struct error *err)
{
	const struct install_plan plan = {
		.disk = j->device,
		.volumes = j->plan.n_volumes ? j->plan.volumes : NULL,
		.n_volumes = j->plan.n_volumes,
		.grub_dir = j->work->grub_dir,
		.layers = j->image.layers,
		.n_layers = j->image.n_layers,
		.source = { .fetch = fetch_blob, .arg = &j->fetch },
		.kernel_args = j->image.kernel_args,
		.hostname = j->plan.hostname,
		.bios = j->bios,
		.keep = json_array_size(json_object_get(j->disk, "holds")) > 0,
		.kexec = j->work->may_kexec && j->plan.boot != PLAN_BOOT_REBOOT,
		.progress = on_install,
		.progress_arg = &j->progress,
	};
	auto_install *in = NULL;
	int r;

	if ((r = install_begin(&plan, &in, err)) < 0 || (r = install_unpack(in, err)) < 0 ||
		(r = write_files(j, in, j->plan.files, err)) < 0 ||
		(r = join_finish(&j->join, &j->progress, err)) < 0 ||
		(r = write_files(j, in, j->join.files, err)) < 0 ||
		(r = write_receipt(j, in, err)) < 0)
		return r;
	return install_commit(in, &j->result, err);
}

static int on_disk_image(const char *step, uint64_t done_bytes, uint64_t total_bytes, void *arg)
{
	return progress_tell(arg, step, done_bytes, total_bytes);
}

static int write_seed(struct job *j, struct disk_image *d, struct error *err)
{
	auto_buf seed = { .max = DISK_IMAGE_SEED_BYTES };
	int r = make_receipt(j, err);

	if (r == 0)
		r = seed_make(&j->plan, &j->join, j->receipt, &seed, err);
	if (r == 0)
		r = disk_image_seed(d, buf_str(&seed), seed.len, err);
	if (seed.data)
		explicit_bzero(seed.data, seed.cap);
	return r;
}

/* Its kernel lies in a file system that is not opened here: it is always started by a restart. */
static int install_disk(struct job *j, struct error *err)
{
	struct disk_image_result result;
	const struct disk_image_plan plan = {
		.disk = j->device,
		.blob = j->image.layers,
		.source = { .fetch = fetch_blob, .arg = &j->fetch },
		.image_bytes = j->plan.size_bytes,
		.bios = j->bios,
		.uefi = !j->bios,
		.progress = on_disk_image,
		.progress_arg = &j->progress,
		.trail = &j->trails[j->tries],
	};
	auto_disk_image *d = NULL;
	int r;

	if ((r = disk_image_begin(&plan, &d, err)) < 0 || (r = disk_image_write(d, err)) < 0 ||
		(r = join_finish(&j->join, &j->progress, err)) < 0 ||
		(r = write_seed(j, d, err)) < 0 || (r = disk_image_commit(d, &result, err)) < 0)
		return r;
	if (j->plan.boot == PLAN_BOOT_KEXEC)
		(void)fail_code(&j->result.kexec_error, ENOTSUP, NULL,
			"a whole disk image is started by a restart");
	return 0;
}

static int install_once(struct job *j, struct error *err)
{
	return j->plan.kind == PLAN_KIND_DISK ? install_disk(j, err) : install_rootfs(j, err);
}

/* Says where wrong bytes lie, as far as two fetches of them tell. */
static int fail_twice(const struct job *j, struct error *err)
{
	uint64_t from, to;

	if (blob_trail_differ(&j->trails[0], &j->trails[1], &from, &to))
		return fail_in(err,
			"fetched twice, with other bytes between %" PRIu64 " and %" PRIu64
			" each time (the network damages them)",
			from, to);
	return fail_in(err, "fetched twice, with the same bytes (the appliance has them so)");
}

/* Wrong bytes are fetched once more: a disk that was being written has nothing to lose. Layers are
 * fetched again with the appliance's next try, onto a new file system. */
static int install(struct job *j, struct error *err)
{
	int r = install_once(j, err);

	if (r == 0 || j->plan.kind != PLAN_KIND_DISK || strcmp(err->code, "SW-3010") != 0)
		return r;
	screen_problem(j->work->screen, "%s; fetching it once more", err->text);
	*err = (struct error){ 0 };
	j->tries++;
	r = install_once(j, err);
	return r < 0 && strcmp(err->code, "SW-3010") == 0 ? fail_twice(j, err) : r;
}

/* The appliance knows which disk it is, and what that held, before the first byte is written. */
static int claim(struct job *j, struct error *err)
{
	const char *identity = disk_identity(j->disk);
	bool is_resumed = strcmp(json_str(j->plan.disk_rule, "resume", ""), identity) == 0;
	int r = progress_claim(&j->progress, identity, err);

	return r < 0 ? r : undo_send(j->work->api, j->device, j->disk, is_resumed, err);
}

static int prepare(struct job *j, struct error *err)
{
	const struct work *w = j->work;
	char arch[32];
	int r;

	if ((r = look_around(j, arch, err)) < 0 ||
		(r = fetch_open(&j->fetch, w->http_server, j->plan.repository, err)) < 0)
		return r;
	j->fetch.trouble = on_trouble;
	j->fetch.trouble_arg = &j->progress;
	if ((r = image_open(&j->fetch, &j->plan, arch, &j->image, err)) < 0 ||
		(r = join_start(&j->join, &j->plan, w->api, err)) < 0)
		return r;
	return claim(j, err);
}

/* The appliance must know before this machine leaves it, or it would be installed again. */
static int tell_installed(struct job *j, struct error *err)
{
	const char *boot = j->result.kexec_loaded ? "kexec" : "reboot";
	auto_json json_t *body = NULL;
	json_t *receipt;
	int r = json_read(j->receipt, strlen(j->receipt), &receipt, err);

	if (r < 0)
		return r;
	body = json_pack("{s:O, s:s, s:o, s:o}", "disk", j->disk, "boot", boot, "layers",
		image_digests(&j->image), "receipt", receipt);
	if (!body)
		return fail_memory(err);
	while ((r = api_installed(j->work->api, body, err)) < 0 && !api_refused(err)) {
		screen_problem(j->work->screen, "%s; the disk is complete", err->text);
		screen_tick(j->work->screen);
		(void)poll(NULL, 0, PAUSE_MS); /* nothing tells when the appliance is back */
	}
	return r;
}

static int carry_out(struct job *j, json_t *plan, struct error *err)
{
	int r;

	if ((r = plan_parse(plan, &j->plan, err)) < 0 || (r = prepare(j, err)) < 0 ||
		(r = install(j, err)) < 0)
		return progress_fail(&j->progress, err);
	progress_end(&j->progress, NULL);
	if (j->result.kexec_error.text[0])
		screen_problem(j->work->screen, "no kexec: %s", j->result.kexec_error.text);
	return tell_installed(j, err);
}

static void job_done(struct job *j)
{
	image_close(&j->image);
	join_done(&j->join);
	fetch_close(&j->fetch);
	json_decref(j->disks);
	free(j->receipt);
	plan_done(&j->plan);
	free(j);
}

int work_run(const struct work *w, json_t *plan, bool *ret_kexec, struct error *err)
{
	struct job *j = calloc(1, sizeof(*j));
	int r;

	if (!j)
		return fail_memory(err);
	j->work = w;
	progress_start(&j->progress, w->api, w->screen);
	r = carry_out(j, plan, err);
	if (r < 0)
		progress_end(&j->progress, err);
	*ret_kexec = r == 0 && j->result.kexec_loaded;
	job_done(j);
	return r;
}
