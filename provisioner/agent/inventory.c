// SPDX-License-Identifier: Apache-2.0
/* The inventory as a whole, and its JSON. */
#include "provisioner/agent/inventory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/json.h"

#define AGENT_VERSION "0.1"

static uint64_t memory_bytes(const struct tree *t)
{
	char path[TREE_PATH_MAX], line[256];
	auto_file FILE *f = fopen(tree_path(t, path, "/proc/meminfo"), "re");
	unsigned long long kib;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemTotal: %llu kB", &kib) == 1)
			return kib * 1024;
	return 0;
}

static void read_tpm(const struct tree *t, char out[static 8])
{
	int64_t major = tree_number(t, 0, "/sys/class/tpm/tpm0/tpm_version_major");

	if (tree_has(t, "/sys/class/tpm/tpm0"))
		(void)snprintf(out, 8, "%s", major == 2 ? "2.0" : "1.2");
}

static void read_system(struct inventory *in)
{
	struct utsname u;
	struct timespec up;

	if (uname(&u) == 0) {
		bool x86 = strcmp(u.machine, "x86_64") == 0,
		     arm = strcmp(u.machine, "aarch64") == 0;

		(void)text_clean(u.release, strlen(u.release), in->kernel, sizeof(in->kernel));
		(void)snprintf(in->arch, sizeof(in->arch), "%.31s",
			x86   ? "amd64"
			: arm ? "arm64"
			      : u.machine);
	}
	if (clock_gettime(CLOCK_BOOTTIME, &up) == 0)
		in->uptime_ms = (int64_t)up.tv_sec * 1000 + up.tv_nsec / 1000000;
}

int inventory_read(const struct tree *t, struct inventory **ret, struct error *err)
{
	struct inventory *in = calloc(1, sizeof(*in));

	if (!in)
		return fail_memory(err);
	dmi_read(t, &in->dmi);
	cpu_read(t, &in->cpu);
	in->memory_bytes = memory_bytes(t);
	in->n_nics = nic_read_all(t, in->nics, INVENTORY_NICS_MAX);
	in->n_disks = disk_read_all(t, in->disks, INVENTORY_DISKS_MAX);
	read_tpm(t, in->tpm);
	(void)snprintf(in->firmware, sizeof(in->firmware), "%s",
		tree_has(t, "/sys/firmware/efi") ? "uefi" : "bios");
	read_system(in);
	*ret = in;
	return 0;
}

static json_t *nic_json(const struct nic *nic)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:b, s:s, s:s, s:s}", "name", nic->name, "mac",
		nic->mac, "permanent_mac", nic->permanent_mac, "driver", nic->driver, "speed_mbps",
		(json_int_t)nic->speed_mbps, "link", nic->link, "bus", nic->bus, "lldp_switch", "",
		"lldp_port", "");
}

static json_t *dmi_json(const struct dmi *dmi)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "vendor", dmi->vendor, "product",
		dmi->product, "serial", dmi->serial, "uuid", dmi->uuid, "board_serial",
		dmi->board_serial, "chassis_serial", dmi->chassis_serial, "bios_version",
		dmi->bios_version);
}

static json_t *cpu_json(const struct cpu *cpu)
{
	return json_pack("{s:s, s:i, s:i, s:i}", "model", cpu->model, "sockets", (int)cpu->sockets,
		"cores", (int)cpu->cores, "threads", (int)cpu->threads);
}

int inventory_format(
	const struct inventory *in, const char *boot_mac, char **ret, struct error *err)
{
	json_t *nics = json_array(), *disks = disk_json_all(in->disks, in->n_disks);
	auto_json json_t *all = NULL;

	for (size_t i = 0; i < in->n_nics; i++)
		json_array_append_new(nics, nic_json(&in->nics[i]));
	all = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:I, s:o, s:o, s:{s:b, s:s}, s:s, s:I}",
		"agent", AGENT_VERSION, "boot_mac", boot_mac, "firmware", in->firmware, "arch",
		in->arch, "dmi", dmi_json(&in->dmi), "cpu", cpu_json(&in->cpu), "memory_bytes",
		(json_int_t)in->memory_bytes, "nics", nics, "disks", disks, "tpm", "present",
		in->tpm[0] != '\0', "version", in->tpm, "kernel", in->kernel, "uptime_ms",
		(json_int_t)in->uptime_ms);
	if (!all)
		return fail_memory(err);
	return json_write(all, ret, err);
}
