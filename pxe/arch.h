// SPDX-License-Identifier: Apache-2.0
/*
 * Client architectures (DHCP option 93; RFC 4578 and IANA's "Processor Architecture Types"): what
 * firmware says it is, and the loader it is given for that.
 *
 * An architecture without a loader is in the table so that the timeline can name it; it gets no
 * boot file.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum pxe_transport {
	PXE_TRANSPORT_TFTP,
	PXE_TRANSPORT_HTTP, /* UEFI HTTP boot: the boot file is a URL */
};

struct pxe_arch {
	uint16_t value;
	const char *name;
	enum pxe_transport transport;
	const char *loader; /* file name; NULL: none */
};

/* All of them, in order of value; the table ends with a NULL name. */
extern const struct pxe_arch pxe_archs[];

/* Borrowed, or NULL where the value is not in the table. */
const struct pxe_arch *pxe_arch_find(int value);

/* Its name, or "unknown architecture". */
const char *pxe_arch_name(int value);
