// SPDX-License-Identifier: Apache-2.0
/*
 * The plan as the agent carries it out. provisioner/model/plan.h checks its shape; what would reach
 * a URL, a path or a command line is checked again here, next to where it is used.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/error.h"
#include "images/disk_layout.h"

#define PLAN_ARGS_MAX 64

enum plan_kind { PLAN_KIND_ROOTFS, PLAN_KIND_DISK };
enum plan_boot { PLAN_BOOT_AUTO, PLAN_BOOT_KEXEC, PLAN_BOOT_REBOOT };

struct plan {
	json_t *json; /* all strings below are borrowed from it */
	const char *id;
	const char *hostname;
	const char *image;      /* name, for messages */
	const char *repository; /* of the registry: "os/debian-12-node" */
	struct digest manifest;
	enum plan_kind kind;
	uint64_t size_bytes; /* least room the image wants; 0 unknown */
	const json_t *disk_rule;
	struct disk_volume volumes[DISK_VOLUMES_MAX];
	size_t n_volumes; /* 0: one file system over the disk */
	const json_t *files;
	const char *kernel_args[PLAN_ARGS_MAX];
	size_t n_kernel_args;
	enum plan_boot boot;
	const char *common_name; /* of the certificate request; NULL: the plan joins no cluster */
	const char *organization;
};

/* Reads a plan; *ret keeps a reference to it. Errors carry SW-3023, SW-3024 for a kind of image
 * that this agent does not write. */
int plan_parse(json_t *json, struct plan *ret, struct error *err);
void plan_done(struct plan *p);
#define auto_plan __attribute__((cleanup(plan_done))) struct plan

/* One file of a plan or of a join. */
struct plan_file {
	const char *path; /* absolute; borrowed */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	const char *link; /* what a symbolic link says; NULL: it is a file; borrowed */
	bool kubelet_pem; /* content is a certificate to which our key is added */
};

/* Reads a file of a list that plan_check_files() passed; its content is added to `content`. */
int plan_file_read(
	const json_t *json, struct plan_file *ret, struct buf *content, struct error *err);

const char *plan_kind_name(enum plan_kind kind);
const char *plan_boot_name(enum plan_boot boot);
