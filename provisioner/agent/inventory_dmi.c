// SPDX-License-Identifier: Apache-2.0
/* The maker's words: SMBIOS strings as the kernel shows them (DSP0134, types 0 to 3). */
#include "provisioner/agent/inventory.h"

void dmi_read(const struct tree *t, struct dmi *ret)
{
	const struct {
		const char *file;
		char *out;
	} strings[] = {
		{ "sys_vendor", ret->vendor },
		{ "product_name", ret->product },
		{ "product_serial", ret->serial },
		{ "product_uuid", ret->uuid },
		{ "board_serial", ret->board_serial },
		{ "chassis_serial", ret->chassis_serial },
		{ "bios_version", ret->bios_version },
	};

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		(void)tree_text(
			t, strings[i].out, TEXT_MAX, "/sys/class/dmi/id/%s", strings[i].file);
}
