// SPDX-License-Identifier: Apache-2.0
/* Client architectures and their loaders. */
#include "pxe/arch.h"

const struct pxe_arch *pxe_arch_find(int value)
{
	for (const struct pxe_arch *a = pxe_archs; a->name; a++)
		if (a->value == value)
			return a;
	return NULL;
}

const char *pxe_arch_name(int value)
{
	const struct pxe_arch *a = pxe_arch_find(value);

	return a ? a->name : "unknown architecture";
}

/* 7 is what x64 firmware sends; 9 is what the RFC says it should (errata 4625). snponly.efi drives
 * the NIC through the firmware, so it works wherever the firmware got this far; over HTTP boot
 * the firmware keeps the NIC to itself and ipxe.efi brings its own driver. */
const struct pxe_arch pxe_archs[] = {
	{ 0, "x86 BIOS", PXE_TRANSPORT_TFTP, "undionly.kpxe" },
	{ 6, "x86 UEFI", PXE_TRANSPORT_TFTP, NULL },
	{ 7, "x64 UEFI", PXE_TRANSPORT_TFTP, "snponly.efi" },
	{ 9, "x64 UEFI (EBC)", PXE_TRANSPORT_TFTP, "snponly.efi" },
	{ 10, "arm32 UEFI", PXE_TRANSPORT_TFTP, NULL },
	{ 11, "arm64 UEFI", PXE_TRANSPORT_TFTP, NULL },
	{ 15, "x86 UEFI HTTP", PXE_TRANSPORT_HTTP, NULL },
	{ 16, "x64 UEFI HTTP", PXE_TRANSPORT_HTTP, "ipxe.efi" },
	{ 18, "arm32 UEFI HTTP", PXE_TRANSPORT_HTTP, NULL },
	{ 19, "arm64 UEFI HTTP", PXE_TRANSPORT_HTTP, NULL },
	{ 0, NULL, PXE_TRANSPORT_TFTP, NULL },
};
