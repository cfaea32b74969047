// SPDX-License-Identifier: Apache-2.0
/*
 * iPXE scripts. A line of an iPXE script is split at spaces, and ${...} is expanded in it; so an
 * argument may hold neither, and nothing else that has a meaning (&& || : # and quotes).
 */
#include "pxe/ipxe.h"

#include <string.h>

static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			      "._:/=,@%+-";

/* netX is the interface iPXE booted through. --replace: the answer takes this script's place. */
const char ipxe_start_script[] =
	"#!ipxe\n"
	":ask\n"
	"echo Slipway: asking the appliance what to boot\n"
	"chain --replace --autofree "
	"next.ipxe?mac=${netX/mac:hexhyp}&platform=${platform} || goto wait\n"
	":wait\n"
	"echo Slipway: no answer from the appliance; asking again in 5 s\n"
	"sleep 5\n"
	"goto ask\n";

/* UEFI: local.efi starts what stands on a disk; to leave iPXE instead would send the firmware
 * through all its other network entries first, minutes of them, or back to us. BIOS: a disk without
 * a boot sector is passed over. */
const char ipxe_local_script[] =
	"#!ipxe\n"
	"echo Slipway: this machine is installed; booting its own disk\n"
	"iseq ${platform} efi || goto bios\n"
	"chain --autofree local.efi ||\n"
	"goto none\n"
	":bios\n"
	"sanboot --no-describe --drive 0x80 ||\n"
	"sanboot --no-describe --drive 0x81 ||\n"
	"sanboot --no-describe --drive 0x82 ||\n"
	"sanboot --no-describe --drive 0x83 ||\n"
	":none\n"
	"echo Slipway: no disk of this machine boots; asking the appliance again in 30 s\n"
	"sleep 30\n"
	"chain --replace --autofree start.ipxe || goto none\n";

static int add_args(const char *const *args, struct buf *out, struct error *err)
{
	size_t total = 0;

	for (; *args; args++) {
		if (!**args || (*args)[strspn(*args, allowed)])
			return fail_code(err, EINVAL, NULL,
				"'%s' cannot stand among the kernel arguments of an iPXE script",
				*args);
		total += 1 + strlen(*args);
		if (total > IPXE_ARGS_MAX)
			return fail_code(err, E2BIG, NULL,
				"the kernel arguments are longer than %d bytes", IPXE_ARGS_MAX);
		buf_printf(out, " %s", *args);
	}
	return 0;
}

/* initrd=initrd: on UEFI the kernel finds its initrd by the name it has in iPXE. */
int ipxe_agent_format(const char *const *args, struct buf *out, struct error *err)
{
	buf_puts(out, "#!ipxe\n"
		      ":again\n"
		      "imgfree\n"
		      "echo Slipway: loading the agent\n"
		      "kernel --name vmlinuz vmlinuz initrd=initrd");
	int res = add_args(args, out, err);

	if (res < 0)
		return res;
	buf_puts(out,
		" || goto wait\n"
		"initrd --name initrd initrd || goto wait\n"
		"boot ||\n"
		":wait\n"
		"echo Slipway: the agent could not be loaded; asking the appliance again in 5 s\n"
		"sleep 5\n"
		"chain --replace --autofree start.ipxe || goto again\n");
	return buf_check(out, "an iPXE script", err);
}
