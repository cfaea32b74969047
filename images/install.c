// SPDX-License-Identifier: Apache-2.0
/* One machine's installation, from a chosen disk to a bootable one. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/ed25519.h"
#include "base/encode.h"
#include "images/boot_disk.h"
#include "images/disk.h"
#include "images/grub_config.h"
#include "images/install.h"
#include "images/kexec.h"
#include "images/needs.h"
#include "images/volumes.h"

#define WORK_DIR       "/run/slipway/target"
#define GRUB_DIR       "/usr/lib/slipway/grub"
#define PROGRESS_BYTES (256u << 10)

static const struct disk_volume whole_disk = { .mount = "/", .filesystem = FILESYSTEM_EXT4 };

struct install {
	const struct install_plan *plan;
	struct disk disk;
	struct volumes volumes; /* the first one's mount point is the root */
	int root_fd;            /* -1: not mounted */
	uint64_t total_bytes;
	uint64_t told_bytes; /* when progress was last told */
	struct kernel kernel;
};

static int step_tell(struct install *in, const char *step, uint64_t done_bytes, struct error *err)
{
	struct install_progress p = {
		.step = step,
		.done_bytes = done_bytes,
		.total_bytes = in->total_bytes,
	};

	in->told_bytes = done_bytes;
	if (in->plan->progress && in->plan->progress(&p, in->plan->progress_arg) != 0)
		return fail(err, ECANCELED, "installing, at step '%s'", step);
	return 0;
}

static int volumes_mount(struct install *in, struct error *err)
{
	const char *at = in->plan->work_dir ? in->plan->work_dir : WORK_DIR;
	int r = 0;

	for (size_t i = 0; r == 0 && i < in->volumes.n; i++)
		r = disk_partition_path(
			&in->disk, DISK_ROOT + i, in->volumes.volume[i].device, err);
	if (r < 0 || (r = volumes_make(&in->volumes, at, err)) < 0)
		return r;
	in->root_fd = target_open(at, err);
	return in->root_fd < 0 ? in->root_fd : 0;
}

static int disk_take(struct install *in, struct error *err)
{
	const struct disk_request want = {
		.volumes = in->volumes.list,
		.n_volumes = in->volumes.n,
	};
	int r = disk_open(&in->disk, in->plan->disk, err);

	if (r < 0 || (r = disk_lay_out(&in->disk, &want, err)) < 0)
		return r;
	if (in->plan->bios && in->disk.layout.sector != 512) {
		fail_code(err, ENOTSUP, "SW-3009",
			"'%s' has sectors of 4096 bytes, which BIOS cannot start from; nothing was "
			"written",
			in->plan->disk);
		return fail_hint(err, "switch this machine's firmware to UEFI");
	}
	if ((r = step_tell(in, "prepare disk", 0, err)) < 0 ||
		(r = disk_wipe(&in->disk, in->plan->keep, err)) < 0 ||
		(r = disk_add_partitions(&in->disk, err)) < 0)
		return r;
	return volumes_mount(in, err);
}

int install_begin(const struct install_plan *plan, struct install **ret, struct error *err)
{
	auto_install *in = calloc(1, sizeof(*in));
	int r;

	if (!in)
		return fail_memory(err);
	in->plan = plan;
	in->disk.fd = -1;
	in->root_fd = -1;
	in->volumes.list = plan->volumes ? plan->volumes : &whole_disk;
	in->volumes.n = plan->volumes ? plan->n_volumes : 1;
	for (size_t i = 0; i < plan->n_layers; i++)
		in->total_bytes += plan->layers[i].size_bytes;
	if ((r = disk_take(in, err)) < 0)
		return fail_in(err, "preparing '%s'", plan->disk);
	*ret = take_ptr(&in);
	return 0;
}

static int layer_progress(size_t layer, uint64_t done_bytes, void *arg)
{
	struct install *in = arg;
	char step[64];
	struct error ignored;

	if (done_bytes - in->told_bytes < PROGRESS_BYTES && done_bytes < in->total_bytes)
		return 0;
	(void)snprintf(step, sizeof(step), "layer %zu/%zu", layer + 1, in->plan->n_layers);
	return step_tell(in, step, done_bytes, &ignored);
}

static int text_write(
	struct install *in, const char *path, mode_t mode, const char *text, struct error *err)
{
	struct target_file file = {
		.path = path,
		.mode = mode,
		.content = text,
		.size = strlen(text),
	};

	return target_write(in->root_fd, &file, err);
}

/* Two machines of one image must not share what names them. */
static int identity_write(struct install *in, struct error *err)
{
	uint8_t id[16];
	char text[2 * sizeof(id) + 2];
	auto_buf name = { .max = 256 };
	int r;

	if ((r = random_bytes(id, sizeof(id), err)) < 0)
		return r;
	hex_format(id, sizeof(id), text);
	text[2 * sizeof(id)] = '\n';
	text[2 * sizeof(id) + 1] = '\0';
	if ((r = text_write(in, "/etc/machine-id", 0444, text, err)) < 0 || !in->plan->hostname)
		return r;
	buf_printf(&name, "%s\n", in->plan->hostname);
	if ((r = buf_check(&name, "the host name", err)) < 0)
		return r;
	return text_write(in, "/etc/hostname", 0644, buf_str(&name), err);
}

/* The ESP is named, for whoever updates a boot loader, but not mounted: a boot needs nothing of it.
 */
static int fstab_write(struct install *in, struct error *err)
{
	auto_buf text = { .max = 4096 };
	int r;

	buf_puts(&text, "# Written by Slipway when this machine was installed.\n");
	volumes_fstab(&in->volumes, &text);
	buf_printf(&text, "PARTUUID=%s /boot/efi vfat noauto,umask=0077 0 0\n",
		in->disk.layout.part[DISK_ESP].uuid);
	if ((r = buf_check(&text, "fstab", err)) < 0)
		return r;
	return text_write(in, "/etc/fstab", 0644, buf_str(&text), err);
}

static int needs_check(const struct install *in, struct error *err)
{
	static const struct need xfs = { "XFS", "fs/xfs/xfs", NULL, "a kernel that has it" };

	for (size_t i = 0; i < in->volumes.n; i++)
		if (in->volumes.list[i].filesystem == FILESYSTEM_XFS)
			return need_check(in->root_fd, in->kernel.version, &xfs, err);
	return 0;
}

int install_unpack(struct install *in, struct error *err)
{
	const char *root = in->volumes.volume[0].mounted.at;
	int r;

	if ((r = rootfs_unpack(root, in->plan->layers, in->plan->n_layers, &in->plan->source,
		     layer_progress, in, err)) < 0)
		return r;
	if ((r = step_tell(in, "configure", in->total_bytes, err)) < 0 ||
		(r = kernel_find(in->root_fd, &in->kernel, err)) < 0 ||
		(r = needs_check(in, err)) < 0 || (r = fstab_write(in, err)) < 0)
		return r;
	return identity_write(in, err);
}

int install_write_file(struct install *in, const struct target_file *file, struct error *err)
{
	return target_write(in->root_fd, file, err);
}

static void kernel_load(struct install *in, struct install_result *result)
{
	struct error *err = &result->kexec_error;
	auto_close int kernel = target_resolve(in->root_fd, in->kernel.kernel, O_RDONLY, err);
	auto_close int initrd = -1;

	if (kernel < 0)
		return;
	if (in->kernel.initrd[0]) {
		initrd = target_resolve(in->root_fd, in->kernel.initrd, O_RDONLY, err);
		if (initrd < 0)
			return;
	}
	result->kexec_loaded = kexec_load(kernel, initrd, result->cmdline, err) == 0;
}

static int boot_files_write(struct install *in, struct install_result *result, struct error *err)
{
	auto_buf cmdline = { .max = sizeof(result->cmdline) - 1 };
	auto_buf config = { .max = 16384 };
	int r;

	if ((r = grub_cmdline_format(&in->kernel, in->volumes.volume[0].uuid,
		     in->disk.layout.part[DISK_ROOT].uuid, in->plan->kernel_args, &cmdline, err)) <
			0 ||
		(r = grub_config_format(&in->kernel, buf_str(&cmdline), &config, err)) < 0)
		return r;
	(void)snprintf(result->cmdline, sizeof(result->cmdline), "%s", buf_str(&cmdline));
	return text_write(in, "/boot/grub/grub.cfg", 0600, buf_str(&config), err);
}

static void result_fill(const struct install *in, struct install_result *result)
{
	const struct disk_layout *l = &in->disk.layout;

	(void)snprintf(result->disk, sizeof(result->disk), "%s", in->disk.path);
	(void)snprintf(result->disk_uuid, sizeof(result->disk_uuid), "%s", l->uuid);
	(void)snprintf(
		result->root_uuid, sizeof(result->root_uuid), "%s", in->volumes.volume[0].uuid);
	(void)snprintf(result->root_partuuid, sizeof(result->root_partuuid), "%s",
		l->part[DISK_ROOT].uuid);
	result->kernel = in->kernel;
}

static int root_release(struct install *in, struct error *err)
{
	if (in->root_fd >= 0)
		(void)close(take_fd(&in->root_fd)); /* only names were opened through it */
	return volumes_release(&in->volumes, err);
}

int install_commit(struct install *in, struct install_result *ret, struct error *err)
{
	struct install_result result = { 0 };
	uint8_t code[DISK_BOOT_BYTES];
	bool has_code;
	int r;

	if ((r = step_tell(in, "boot loader", in->total_bytes, err)) < 0 ||
		(r = boot_files_write(in, &result, err)) < 0 ||
		(r = boot_disk_write(&in->disk, in->plan->grub_dir ? in->plan->grub_dir : GRUB_DIR,
			 code, &has_code, err)) < 0)
		return r;
	if (in->plan->kexec)
		kernel_load(in, &result);
	result_fill(in, &result);
	if ((r = step_tell(in, "sync", in->total_bytes, err)) < 0 ||
		(r = root_release(in, err)) < 0 ||
		(r = disk_commit(&in->disk, has_code ? code : NULL, err)) < 0)
		return r;
	*ret = result;
	return 0;
}

void install_free(struct install *in)
{
	if (!in)
		return;
	if (in->root_fd >= 0)
		(void)close(in->root_fd);
	volumes_done(&in->volumes);
	disk_done(&in->disk);
	free(in);
}
