// SPDX-License-Identifier: Apache-2.0
/* Fuzzes dnsmasq_log_feed() with lines: no crash, and events whose texts are clean. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "pxe/dnsmasq_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void is_clean(const char *text)
{
	assert(memchr(text, '\0', DNSMASQ_TEXT_MAX));
	for (; *text; text++)
		assert(*text >= 0x20 && *text < 0x7f);
}

static void check(const struct dnsmasq_event *e, void *arg)
{
	(void)arg;
	is_clean(e->vendor_class);
	is_clean(e->boot_file);
	is_clean(e->note);
	assert(dnsmasq_event_name(e->kind));
	assert(e->arch >= -1 && e->arch <= UINT16_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dnsmasq_log log = { .on_event = check };

	while (size) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t n = end ? (size_t)(end - data) : size;

		dnsmasq_log_feed(&log, (const char *)data, n, 0);
		n += end ? 1 : 0;
		data += n;
		size -= n;
	}
	dnsmasq_log_flush(&log);
	return 0;
}
