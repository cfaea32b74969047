// SPDX-License-Identifier: Apache-2.0
/*
 * A whole bundle, plain or packed, against a key whose secret half is forgotten: whatever comes in,
 * nothing is taken. Behind it the members of an archive, without the signature in their way.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "bundles/import.h"
#include "bundles/member.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PUBLIC "RWQVLOYidl/pep1O/AkcianF6ZuwfG4NzeXYHqMpfkDD0Pz08VgRvKqk\n"

static int bundle_open(const uint8_t *data, size_t size)
{
	auto_close int fd = memfd_create("bundle", MFD_CLOEXEC);
	struct error err = { 0 };

	if (fd < 0 || write_all(fd, data, size, &err) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		abort();
	return take_fd(&fd);
}

static void members_read(int fd)
{
	auto_stream s = { 0 };
	auto_buf text = { .max = 65536 };
	struct tar_member m;
	struct error err = { 0 };

	if (stream_open(&s, fd, &err) < 0 ||
		member_read(&s, "slipway.json", "SW-2001", 65536, &text, &err) < 0)
		return;
	if (member_next(&s, &m, &err) == 1)
		(void)member_end(&s, &err); /* any outcome is fine */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trust_key key = { .name = "site" };
	const struct trust trust = { .keys = &key, .count = 1 };
	const struct import_options options = { .trust = &trust };
	auto_import_result result = { 0 };
	auto_close int first = bundle_open(data, size);
	auto_close int second = bundle_open(data, size);
	struct error err = { 0 };

	if (minisign_public_parse(PUBLIC, sizeof(PUBLIC) - 1, &key.public, &err) < 0)
		abort();
	if (import_run(first, &options, &result, &err) == 0)
		abort();
	members_read(second);
	return 0;
}
