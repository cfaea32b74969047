// SPDX-License-Identifier: Apache-2.0
/* The shape of an inventory, one table an object. */
#include "provisioner/model/inventory.h"

#include "base/json.h"

#define TEXT(k)                                                                                    \
	{                                                                                          \
		k, JSON_KIND_STRING, true, INVENTORY_TEXT_MAX                                      \
	}
#define INTEGER(k)                                                                                 \
	{                                                                                          \
		k, JSON_KIND_INTEGER, true, 0                                                      \
	}
#define BOOL(k)                                                                                    \
	{                                                                                          \
		k, JSON_KIND_BOOL, true, 0                                                         \
	}
#define OBJECT(k)                                                                                  \
	{                                                                                          \
		k, JSON_KIND_OBJECT, true, 0                                                       \
	}

static const struct json_field top_fields[] = {
	TEXT("agent"),
	TEXT("boot_mac"),
	TEXT("firmware"),
	TEXT("arch"),
	OBJECT("dmi"),
	OBJECT("cpu"),
	INTEGER("memory_bytes"),
	{ "nics", JSON_KIND_ARRAY, true, INVENTORY_NICS_MAX },
	{ "disks", JSON_KIND_ARRAY, true, INVENTORY_DISKS_MAX },
	OBJECT("tpm"),
	TEXT("kernel"),
	INTEGER("uptime_ms"),
	{ 0 },
};

static const struct json_field dmi_fields[] = {
	TEXT("vendor"),
	TEXT("product"),
	TEXT("serial"),
	TEXT("uuid"),
	TEXT("board_serial"),
	TEXT("chassis_serial"),
	TEXT("bios_version"),
	{ 0 },
};

static const struct json_field cpu_fields[] = {
	TEXT("model"),
	INTEGER("sockets"),
	INTEGER("cores"),
	INTEGER("threads"),
	{ 0 },
};

static const struct json_field tpm_fields[] = { BOOL("present"), TEXT("version"), { 0 } };

static const struct json_field nic_fields[] = {
	TEXT("name"),
	TEXT("mac"),
	TEXT("permanent_mac"),
	TEXT("driver"),
	INTEGER("speed_mbps"),
	BOOL("link"),
	TEXT("bus"),
	TEXT("lldp_switch"),
	TEXT("lldp_port"),
	{ 0 },
};

static const struct json_field disk_fields[] = {
	TEXT("name"),
	TEXT("path"),
	TEXT("model"),
	TEXT("serial"),
	TEXT("wwn"),
	INTEGER("size_bytes"),
	INTEGER("logical_sector"),
	TEXT("bus"),
	BOOL("rotational"),
	BOOL("removable"),
	{ "holds", JSON_KIND_STRINGS, true, 64 },
	{ 0 },
};

static int check_holds(const json_t *disk, struct error *err)
{
	const json_t *held;
	size_t i;

	json_array_foreach (json_object_get(disk, "holds"), i, held) {
		if (json_string_length(held) > INVENTORY_TEXT_MAX)
			return fail_code(err, EINVAL, NULL, "holds: an entry is too long");
	}
	return 0;
}

static int check_lists(const json_t *inventory, struct error *err)
{
	const json_t *item;
	size_t i;
	int r;

	json_array_foreach (json_object_get(inventory, "nics"), i, item) {
		r = json_fields(item, "nics", nic_fields, err);
		if (r < 0)
			return r;
	}
	json_array_foreach (json_object_get(inventory, "disks"), i, item) {
		r = json_fields(item, "disks", disk_fields, err);
		if (r == 0)
			r = check_holds(item, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int inventory_check(const json_t *inventory, struct error *err)
{
	int r = json_fields(inventory, "inventory", top_fields, err);

	if (r == 0)
		r = json_fields(json_object_get(inventory, "dmi"), "dmi", dmi_fields, err);
	if (r == 0)
		r = json_fields(json_object_get(inventory, "cpu"), "cpu", cpu_fields, err);
	if (r == 0)
		r = json_fields(json_object_get(inventory, "tpm"), "tpm", tpm_fields, err);
	return r == 0 ? check_lists(inventory, err) : r;
}
