// SPDX-License-Identifier: Apache-2.0
/* The header of a qcow2 image: what is one that can be read, and what is said of the others. */
#include "tests/unit/unit.h"

#include "bundles/qcow2.h"

/* A header of version 3: a disk of 1 MiB in clusters of 64 KiB. */
static const uint8_t good[QCOW2_HEADER_MAX] = {
	[0] = 'Q',
	[1] = 'F',
	[2] = 'I',
	[3] = 0xfb,
	[7] = 3,
	[23] = 16,
	[29] = 16,
	[39] = 1,
	[45] = 3,
	[103] = 112,
};

static const struct {
	const char *what;
	size_t at;
	uint8_t value;
	const char *says; /* NULL: it is read */
} rows[] = {
	{ "as it is", 7, 3, NULL },
	{ "version 2", 7, 2, NULL },
	{ "version 4", 7, 4, "no qcow2" },
	{ "another magic", 0, 'q', "no qcow2" },
	{ "a backing file", 15, 1, "another file" },
	{ "encrypted", 35, 1, "encrypted" },
	{ "clusters too small", 23, 8, "damaged" },
	{ "clusters too large", 23, 22, "damaged" },
	{ "a bit's number past the word", 20, 255, "damaged" },
	{ "half a sector", 31, 1, "damaged" },
	{ "too large", 24, 1, "damaged" },
	{ "no L1 table", 39, 0, "shorter" },
	{ "dirty", 79, 1, NULL },
	{ "corrupt", 79, 2, "features" },
	{ "an external data file", 79, 4, "features" },
	{ "zstd", 104, 1, NULL },
	{ "extended entries", 79, 16, "features" },
	{ "an unknown compression", 104, 2, "compressed" },
};

static void header_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t head[QCOW2_HEADER_MAX];
		struct qcow2_header h = { 0 };
		struct error err = { 0 };
		int r;

		memcpy(head, good, sizeof(head));
		head[rows[i].at] = rows[i].value;
		r = qcow2_header_parse(head, sizeof(head), &h, &err);
		if ((r == 0) != !rows[i].says || (rows[i].says && !strstr(err.text, rows[i].says)))
			test_failed("%s: %d %s", rows[i].what, r, err.text);
		if (r == 0 && (h.size != 1 << 20 || h.cluster_bits != 16 || h.l1_at != 3 << 16))
			test_failed("%s: read wrongly", rows[i].what);
	}
}

static void header_that_is_short(void **state)
{
	(void)state;
	for (size_t n = 0; n < 104; n++) {
		struct qcow2_header h;
		struct error err = { 0 };

		if (qcow2_header_parse(good, n, &h, &err) != -EINVAL)
			test_failed("%zu bytes are enough", n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_rows),
		cmocka_unit_test(header_that_is_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
