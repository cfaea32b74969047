// SPDX-License-Identifier: Apache-2.0
/*
 * Taking a bundle in: what is good is there afterwards, and what is altered, cut short, hostile,
 * unsigned or old is refused with no name changed.
 */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "bundles/import.h"
#include "bundles/tar.h"
#include "bundles/writer.h"
#include "tests/unit/bundles/broken_ops.h"
#include "tests/unit/bundles/sample.h"

static struct sample source; /* what the bundles are made from */
static struct minisign_secret key;
static struct trust_key trusted;
static struct trust trust = { .keys = &trusted, .count = 1 };
static struct buf plain;  /* version 2, .tar */
static struct buf packed; /* the same, .tar.zst */
static struct buf older;  /* version 1 */
static struct buf other;  /* version 2 with another content */
static int stores;        /* made so far */

/* With `since`, what that store holds is left out. */
static void bundle_write_since(struct buf *out, uint64_t version, bool zstd, struct store *since)
{
	auto_statement st = { .name = "demo", .version = version };
	const struct writer_options options = { .key = &key, .zstd = zstd };
	auto_close int fd = memfd_create("bundle", MFD_CLOEXEC);
	struct error err = { 0 };
	off_t size;

	assert_int_equal(writer_state(source.store, &st, &err), 0);
	for (size_t i = 0; since && i < st.blob_count; i++)
		st.blobs[i].absent = store_has_blob(since, &st.blobs[i].digest, NULL);
	assert_int_equal(writer_write(source.store, &st, &options, fd, &err), 0);
	size = lseek(fd, 0, SEEK_END);
	assert_true(lseek(fd, 0, SEEK_SET) == 0);
	out->data = malloc((size_t)size + 1);
	out->len = (size_t)size;
	assert_int_equal(read(fd, out->data, out->len), size);
	out->data[size] = '\0';
	out->cap = out->len + 1;
}

static void bundle_write_to(struct buf *out, uint64_t version, bool zstd)
{
	bundle_write_since(out, version, zstd, NULL);
}

static int setup(void **state)
{
	struct error err = { 0 };

	(void)state;
	if (sample_start(&source) != 0 || minisign_generate(&key, &err) < 0)
		return -1;
	trusted = (struct trust_key){ .name = "site", .public = key.public };
	sample_image(&source, "docker.io/library/app:1.0", "container", "the layer of app", NULL);
	bundle_write_to(&plain, 2, false);
	bundle_write_to(&packed, 2, true);
	bundle_write_to(&older, 1, false);
	sample_image(&source, "os/debian", "rootfs", "a root file system", NULL);
	bundle_write_to(&other, 2, false);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buf_done(&plain);
	buf_done(&packed);
	buf_done(&older);
	buf_done(&other);
	return sample_end(&source);
}

/* A store that nothing was imported into. */
static struct store *fresh(const struct store_ops *ops)
{
	struct store *s = NULL;
	struct error err = { 0 };
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/store-%d", source.root, stores++);
	assert_int_equal(store_open_with(path, true, ops, &s, &err), 0);
	return s;
}

static int run(const void *p, size_t n, const struct import_options *o, struct error *err)
{
	auto_close int fd = memfd_create("bundle", MFD_CLOEXEC);
	auto_import_result result = { 0 };

	*err = (struct error){ 0 };
	assert_int_equal(write_all(fd, p, n, err), 0);
	assert_true(lseek(fd, 0, SEEK_SET) == 0);
	return import_run(fd, o, &result, err);
}

static int import_into(struct store *s, const struct buf *b, bool rollback, struct error *err)
{
	const struct import_options o = { .trust = &trust, .store = s, .allow_rollback = rollback };

	return run(b->data, b->len, &o, err);
}

static int verify(const void *p, size_t n, struct error *err)
{
	const struct import_options o = { .trust = &trust };

	return run(p, n, &o, err);
}

static void import_takes_what_is_good(void **state)
{
	const struct buf *const bundles[] = { &plain, &packed };

	(void)state;
	for (int i = 0; i < 2; i++) {
		auto_store *s = fresh(&store_ops_disk);
		const struct store_entry *e;
		auto_document doc = { 0 };
		struct error err;

		assert_int_equal(import_into(s, bundles[i], false, &err), 0);
		e = store_find(s, "docker.io/library/app:1.0");
		assert_non_null(e);
		assert_string_equal(e->bundle, "demo");
		assert_int_equal(store_read_document(s, &e->descriptor.digest, &doc, &err), 0);
		assert_true(store_has_blob(s, &doc.items[0].digest, NULL));
		assert_int_equal(import_into(s, bundles[1 - i], false, &err), 0); /* again */
	}
}

#define STRIDE 7 /* of early ends, so that `make check` stays quick */

/* One bit of every byte; all eight where IMPORT_BITS is set. Returns how many changes were taken.
 */
static size_t changes_try(const struct buf *b, size_t *ret_tried)
{
	auto_free char *copy = malloc(b->len);
	int bits = getenv("IMPORT_BITS") ? 8 : 1;
	size_t taken = 0;

	*ret_tried = 0;
	memcpy(copy, b->data, b->len);
	for (size_t i = 0; i < b->len; i++) {
		for (int bit = 0; bit < bits; bit++, ++*ret_tried) {
			struct error err;

			copy[i] ^= (char)(1 << ((i + (size_t)bit) % 8));
			if (verify(copy, b->len, &err) == 0)
				taken++;
			else
				assert_string_not_equal(err.code, "");
			copy[i] = b->data[i];
		}
	}
	return taken;
}

/* A zstd frame has a few bits (its window's size, an unused one) that unpack to the same content,
 * which is then what was signed. A plain bundle has none. */
static void import_refuses_changed_bytes(void **state)
{
	size_t tried;
	size_t packed_tried;
	size_t taken = changes_try(&plain, &tried);
	size_t same = changes_try(&packed, &packed_tried);

	(void)state;
	print_message(
		"%zu changes of a plain bundle: %zu taken; %zu of a packed one: %zu unpack to "
		"the same\n",
		tried, taken, packed_tried, same);
	assert_int_equal(taken, 0);
	assert_true(same < packed_tried / 20);
}

static void import_refuses_early_ends(void **state)
{
	struct error err;

	(void)state;
	for (size_t n = plain.len % STRIDE; n < plain.len; n += STRIDE)
		if (verify(plain.data, n, &err) != -EBADMSG)
			test_failed("%zu of %zu bytes were taken", n, plain.len);
	assert_string_equal(err.code, "SW-2005");
	for (size_t n = 0; n < packed.len; n += STRIDE)
		if (verify(packed.data, n, &err) == 0)
			test_failed("%zu of %zu packed bytes were taken", n, packed.len);
}

static void import_refuses_what_follows(void **state)
{
	auto_buf longer = { .max = 8u << 20 };
	auto_free char *zeros = calloc(1, 2u << 20);
	struct error err;

	(void)state;
	buf_add(&longer, plain.data, plain.len);
	buf_add(&longer, zeros, 10240);
	assert_int_equal(verify(longer.data, longer.len, &err), 0); /* as tar(1) pads */
	buf_add(&longer, "x", 1);
	assert_int_equal(verify(longer.data, longer.len, &err), -EBADMSG);
	longer.data[longer.len - 1] = '\0';
	buf_add(&longer, zeros, 2u << 20);
	assert_int_equal(verify(longer.data, longer.len, &err), -EBADMSG);
}

/* Where the first blob's header starts: behind the four small members. */
static size_t first_blob(void)
{
	size_t at = 0;

	for (int i = 0; i < 4; i++) {
		struct tar_member m;
		struct error err = { 0 };

		assert_int_equal(tar_header_parse((const uint8_t *)plain.data + at, &m, &err), 0);
		at += TAR_BLOCK + m.size + tar_padding(m.size);
	}
	return at;
}

#define HEX_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *name;
	char type;
	const char *link;
	uint64_t size;
	const char *body;
} hostile[] = {
	{ "../../../../etc/cron.d/x", '0', "", 4, "evil" },
	{ "/etc/cron.d/x", '0', "", 4, "evil" },
	{ "blobs/sha256/../../../x", '0', "", 4, "evil" },
	{ "blobs/sha256/" HEX_A, '0', "", 4, "evil" },
	{ "blobs/sha256/", '0', "", 0, "" },
	{ "blobs/sha256/AAAA", '0', "", 0, "" },
	{ "blobs/sha512/" HEX_A, '0', "", 0, "" },
	{ "./blobs/sha256/" HEX_A, '0', "", 0, "" },
	{ "blobs//sha256/" HEX_A, '0', "", 0, "" },
	{ "slipway.json", '0', "", 2, "{}" },
	{ "index.json", '0', "", 2, "{}" },
	{ "oci-layout", '0', "", 2, "{}" },
	{ "slipway.json.minisig", '0', "", 2, "{}" },
	{ "", '0', "", 0, "" },
	{ "\xff\xfe\n\x1b[31m", '0', "", 0, "" },
	{ "blobs", '5', "", 0, "" },
	{ "blobs/sha256", '5', "", 0, "" },
	{ "blobs/sha256/" HEX_A, '2', "/etc/passwd", 0, "" },
	{ "blobs", '2', "/tmp", 0, "" },
	{ "blobs/sha256/" HEX_A, '1', "/etc/passwd", 0, "" },
	{ "blobs/sha256/" HEX_A, '1', "slipway.json", 4, "evil" },
	{ "blobs/sha256/" HEX_A, '3', "", 0, "" },
	{ "blobs/sha256/" HEX_A, '4', "", 0, "" },
	{ "blobs/sha256/" HEX_A, '6', "", 0, "" },
	{ "blobs/sha256/" HEX_A, '7', "", 4, "evil" },
	{ "blobs/sha256/" HEX_A, 'S', "", 4, "evil" },
	{ "blobs/sha256/" HEX_A, 'D', "", 4, "evil" },
	{ "blobs/sha256/" HEX_A, 'M', "", 4, "evil" },
	{ "blobs/sha256/" HEX_A, 'V', "", 0, "" },
	{ "blobs/sha256/" HEX_A, 'x', "", 30, "30 path=../../../etc/cron.d/x\n" },
	{ "blobs/sha256/" HEX_A, 'x', "", 24, "24 size=99999999999999\n" },
	{ "blobs/sha256/" HEX_A, 'g', "", 30, "30 path=../../../etc/cron.d/x\n" },
	{ "././@LongLink", 'L', "", 26, "../../../../../etc/cron.d/" },
	{ "././@LongLink", 'K', "", 26, "../../../../../etc/cron.d/" },
	{ "blobs/sha256/" HEX_A, '0', "", 1ull << 62, "" },
	{ "blobs/sha256/" HEX_A, '0', "", 1ull << 40, "" },
	{ "blobs/sha256/" HEX_A, '0', "", 1ull << 63, "" },
	{ "blobs/sha256/" HEX_A, '0', "", ~0ull, "" },
	{ "blobs/sha256/" HEX_A, '0', "", 077777777777ull, "" },
	{ "blobs/sha256/" HEX_A "a", '0', "", 4, "evil" },
	{ "blobs/sha256/" HEX_A "/", '0', "", 4, "evil" },
	{ "blobs/sha256/" HEX_A " ", '0', "", 4, "evil" },
	{ "blobs/sha256/" HEX_A "/../x", '0', "", 4, "evil" },
	{ " blobs/sha256/" HEX_A, '0', "", 4, "evil" },
	{ "BLOBS/SHA256/" HEX_A, '0', "", 4, "evil" },
	{ "blobs\\sha256\\" HEX_A, '0', "", 4, "evil" },
	{ "/blobs/sha256/" HEX_A, '0', "", 4, "evil" },
	{ "../blobs/sha256/" HEX_A, '0', "", 4, "evil" },
	{ "blobs/sha256/sha256:" HEX_A, '0', "", 4, "evil" },
	{ "blobs/sha256/index.json", '0', "", 2, "{}" },
	{ "blobs/sha256/.", '0', "", 0, "" },
	{ "blobs/sha256/..", '0', "", 0, "" },
	{ "C:\\windows\\x", '0', "", 4, "evil" },
	{ "//etc/cron.d/x", '0', "", 4, "evil" },
	{ "./slipway.json", '0', "", 2, "{}" },
	{ "slipway.json/", '5', "", 0, "" },
	{ "manifest.json", '0', "", 2, "[]" },
	{ "%2e%2e/x", '0', "", 4, "evil" },
	{ "blobs/sha256/" HEX_A, 'A', "", 4, "evil" },
	{ "blobs/sha256/" HEX_A, 'N', "", 4, "evil" },
	{ "blobs/sha256/" HEX_A, 'X', "", 0, "" },
	{ "blobs/sha256/" HEX_A, 'I', "", 4, "evil" },
	{ "blobs/sha256/" HEX_A, 'P', "", 0, "" },
	{ "blobs/sha256/" HEX_A, '9', "", 0, "" },
	{ "blobs/sha256/" HEX_A, '\x7f', "", 0, "" },
	{ "blobs/sha256/" HEX_A, 'x', "", 27, "27 linkpath=../../etc/shadow" },
	{ "blobs/sha256/" HEX_A, 'x', "", 22, "22 GNU.sparse.major=1\n" },
	{ "blobs/sha256/" HEX_A, 'g', "", 19, "19 size=18446744073" },
	{ "PaxHeaders.0/x", 'x', "", 0, "" },
	{ "././@LongLink", 'L', "", 0, "" },
};

static void member_add(struct buf *out, size_t row)
{
	uint8_t header[TAR_BLOCK];
	const char zeros[TAR_BLOCK] = "";
	unsigned int sum = 0;

	tar_header_format(hostile[row].name, hostile[row].size, header);
	header[156] = (uint8_t)hostile[row].type;
	memcpy(header + 157, hostile[row].link, strlen(hostile[row].link));
	memset(header + 148, ' ', 8);
	for (int i = 0; i < TAR_BLOCK; i++)
		sum += header[i];
	(void)snprintf((char *)header + 148, 8, "%06o", sum);
	buf_add(out, header, sizeof(header));
	buf_add(out, hostile[row].body, strlen(hostile[row].body));
	buf_add(out, zeros, tar_padding(strlen(hostile[row].body)));
}

/* Each row in front of, between and in the place of the blobs. */
static void import_refuses_hostile_members(void **state)
{
	size_t head = first_blob();
	auto_store *s = fresh(&store_ops_volatile);

	(void)state;
	for (size_t row = 0; row < sizeof(hostile) / sizeof(hostile[0]); row++) {
		for (int place = 0; place < 3; place++) {
			auto_buf b = { .max = 8u << 20 };
			size_t at = place == 0 ? 0 : place == 1 ? head : plain.len - 2 * TAR_BLOCK;
			struct error err;

			buf_add(&b, plain.data, at);
			member_add(&b, row);
			buf_add(&b, plain.data + at, plain.len - at);
			if (import_into(s, &b, false, &err) != -EBADMSG)
				test_failed("row %zu was taken at place %d", row, place);
			if (strchr(err.text, '\n') || strchr(err.text, '\x1b'))
				test_failed("row %zu: %s", row, err.text);
			assert_null(store_find(s, "docker.io/library/app:1.0"));
		}
	}
}

static void import_refuses_a_blob_twice(void **state)
{
	size_t head = first_blob();
	auto_buf b = { .max = 8u << 20 };
	struct tar_member m;
	struct error err = { 0 };
	size_t n;

	(void)state;
	assert_int_equal(tar_header_parse((const uint8_t *)plain.data + head, &m, &err), 0);
	n = TAR_BLOCK + m.size + tar_padding(m.size);
	buf_add(&b, plain.data, head + n);
	buf_add(&b, plain.data + head, plain.len - head);
	assert_int_equal(verify(b.data, b.len, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "twice"));
	buf_reset(&b);
	buf_add(&b, plain.data, head);
	buf_add(&b, plain.data + head + n, plain.len - head - n);
	assert_int_equal(verify(b.data, b.len, &err), -EBADMSG);
	assert_string_equal(err.code, "SW-2014");
}

/* The attacks on updates that TUF names, as far as other tests have not met them: the signature of
 * one bundle on another, the blobs of one under the statement of another, and data without end. */
static void import_refuses_mixed_bundles(void **state)
{
	const struct buf *const pairs[][2] = { { &plain, &other }, { &other, &plain },
		{ &plain, &older }, { &older, &plain } };
	size_t head = first_blob();
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const struct buf *a = pairs[i][0];
		const struct buf *b = pairs[i][1];
		auto_buf mixed = { .max = 8u << 20 };
		struct tar_member m;
		size_t sa;
		size_t sb;

		assert_int_equal(tar_header_parse((const uint8_t *)a->data, &m, &err), 0);
		sa = TAR_BLOCK + m.size + tar_padding(m.size);
		assert_int_equal(tar_header_parse((const uint8_t *)b->data, &m, &err), 0);
		sb = TAR_BLOCK + m.size + tar_padding(m.size);
		buf_add(&mixed, a->data, sa); /* the statement of one, the rest of the other */
		buf_add(&mixed, b->data + sb, b->len - sb);
		assert_int_equal(verify(mixed.data, mixed.len, &err), -EBADMSG);
		assert_string_equal(err.code, "SW-2004");
	}
	{
		auto_buf mixed = { .max = 8u << 20 };

		buf_add(&mixed, plain.data, head);
		buf_add(&mixed, other.data + head, other.len - head);
		assert_int_equal(verify(mixed.data, mixed.len, &err), -EBADMSG);
	}
}

/* Frames within frames, and one that asks for a window of 2 GiB. */
static void import_refuses_hostile_frames(void **state)
{
	static const uint8_t window[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00 };
	static const uint8_t reserved[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x08, 0x58, 0x01, 0x00, 0x00 };
	auto_buf nested = { .max = 8u << 20 };
	/* A frame with one raw block that holds a whole frame. */
	const uint8_t front[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58,
		(uint8_t)(packed.len << 3 | 1), (uint8_t)(packed.len >> 5),
		(uint8_t)(packed.len >> 13) };
	struct error err;

	(void)state;
	assert_int_equal(verify(window, sizeof(window), &err), -EBADMSG);
	assert_int_equal(verify(reserved, sizeof(reserved), &err), -EBADMSG);
	buf_add(&nested, front, sizeof(front));
	buf_add(&nested, packed.data, packed.len);
	assert_int_equal(verify(nested.data, nested.len, &err), -EBADMSG);
	assert_string_equal(err.code, "SW-2001");
}

static void import_asks_who_signed(void **state)
{
	struct trust_key foreign = { .name = "foreign" };
	struct minisign_secret another;
	const struct trust others = { .keys = &foreign, .count = 1 };
	const struct trust nobody = { 0 };
	struct import_options o = { .trust = &nobody };
	size_t unsigned_from;
	auto_buf b = { .max = 8u << 20 };
	struct tar_member m;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(run(plain.data, plain.len, &o, &err), -EBADMSG);
	assert_string_equal(err.code, "SW-2013");
	assert_int_equal(minisign_generate(&another, &err), 0);
	foreign.public = another.public;
	o.trust = &others;
	assert_int_equal(run(plain.data, plain.len, &o, &err), -EBADMSG);
	assert_string_equal(err.code, "SW-2003");
	memcpy(foreign.public.id, key.public.id, MINISIGN_ID_SIZE); /* claims to be the same key */
	assert_int_equal(run(plain.data, plain.len, &o, &err), -EBADMSG);
	assert_string_equal(err.code, "SW-2004");
	assert_int_equal(tar_header_parse((const uint8_t *)plain.data, &m, &err), 0);
	unsigned_from = TAR_BLOCK + m.size + tar_padding(m.size);
	buf_add(&b, plain.data, unsigned_from);
	buf_add(&b, plain.data + unsigned_from + 2 * TAR_BLOCK,
		plain.len - unsigned_from - 2 * TAR_BLOCK);
	assert_int_equal(verify(b.data, b.len, &err), -EBADMSG);
	assert_string_equal(err.code, "SW-2002");
}

static void import_goes_forward_only(void **state)
{
	auto_store *s = fresh(&store_ops_disk);
	struct store_bundle record;
	struct error err;

	(void)state;
	assert_int_equal(import_into(s, &older, false, &err), 0);
	assert_int_equal(import_into(s, &plain, false, &err), 0);
	assert_int_equal(import_into(s, &older, false, &err), -EPERM);
	assert_string_equal(err.code, "SW-2007");
	assert_non_null(strstr(err.hint, "--allow-rollback"));
	assert_int_equal(import_into(s, &other, false, &err), -EPERM);
	assert_string_equal(err.code, "SW-2008");
	assert_null(store_find(s, "os/debian"));
	assert_int_equal(import_into(s, &older, true, &err), 0);
	assert_int_equal(store_find_bundle(s, "demo", &record, &err), 0);
	assert_int_equal(record.version, 1);
	assert_int_equal(import_into(s, &other, false, &err), 0);
	assert_non_null(store_find(s, "os/debian"));
}

/* A bundle that leaves out what an older one brought. */
static void import_takes_a_delta(void **state)
{
	auto_store *s = fresh(&store_ops_volatile);
	auto_store *empty = fresh(&store_ops_volatile);
	auto_buf delta = { 0 };
	struct error err;

	(void)state;
	assert_int_equal(import_into(s, &plain, false, &err), 0);
	bundle_write_since(&delta, 3, false, s);
	assert_true(delta.len < other.len);
	assert_int_equal(verify(delta.data, delta.len, &err), 0);
	assert_int_equal(import_into(empty, &delta, false, &err), -EPERM);
	assert_string_equal(err.code, "SW-2030");
	assert_null(store_find(empty, "os/debian"));
	assert_int_equal(import_into(s, &delta, false, &err), 0);
	assert_non_null(store_find(s, "os/debian"));
}

/* The n-th blob's bytes in the plain bundle: *ret is where its header starts. */
static struct tar_member blob_at(int n, size_t *ret)
{
	size_t at = first_blob();
	struct error err = { 0 };
	struct tar_member m;

	for (;; n--) {
		assert_int_equal(tar_header_parse((const uint8_t *)plain.data + at, &m, &err), 0);
		if (n == 0)
			break;
		at += TAR_BLOCK + m.size + tar_padding(m.size);
	}
	*ret = at;
	return m;
}

static int blobs_in(struct store *s)
{
	auto_statement st = { 0 };
	struct error err = { 0 };
	struct tar_member m;
	int n = 0;

	assert_int_equal(tar_header_parse((const uint8_t *)plain.data, &m, &err), 0);
	assert_int_equal(statement_parse(plain.data + TAR_BLOCK, m.size, &st, &err), 0);
	for (size_t i = 0; i < st.blob_count; i++)
		n += store_has_blob(s, &st.blobs[i].digest, NULL);
	return n;
}

#define BLOBS 3

/* One byte of a blob, of its header, or of its padding: the other blobs are kept, the place is
 * named, and a good copy brings what is missing and nothing else. */
static void import_keeps_what_is_good(void **state)
{
	static const struct {
		size_t offset; /* from the header's start */
		int kept;
		const char *word;
	} places[] = {
		{ TAR_BLOCK, BLOBS - 1, "blob sha256:" }, /* its first byte */
		{ 20, BLOBS, "header" },                  /* a digit of its name */
		{ 2 * TAR_BLOCK - 1, BLOBS, "altered at byte" },
	};

	(void)state;
	for (int row = 0; row < 3 * BLOBS; row++) {
		auto_free char *copy = malloc(plain.len);
		auto_store *s = fresh(&store_ops_volatile);
		const struct import_options o = { .trust = &trust, .store = s };
		auto_import_result result = { 0 };
		auto_close int fd = memfd_create("bundle", MFD_CLOEXEC);
		struct error err = { 0 };
		char where[32];
		size_t at;
		struct tar_member m = blob_at(row / 3, &at);

		memcpy(copy, plain.data, plain.len);
		copy[at + places[row % 3].offset] ^= 1;
		assert_int_equal(run(copy, plain.len, &o, &err), -EBADMSG);
		assert_string_equal(err.code, "SW-2006");
		assert_non_null(strstr(err.text, places[row % 3].word));
		(void)snprintf(where, sizeof(where), "at byte %zu",
			row % 3 == 0   ? at + TAR_BLOCK
			: row % 3 == 1 ? at
				       : at + TAR_BLOCK + m.size);
		if (!strstr(err.text, where))
			test_failed("row %d: %s is not in: %s", row, where, err.text);
		assert_non_null(strstr(err.hint, "it takes only what is missing"));
		assert_null(store_find(s, "docker.io/library/app:1.0"));
		assert_int_equal(blobs_in(s), places[row % 3].kept);
		assert_int_equal(write_all(fd, plain.data, plain.len, &err), 0);
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
		assert_int_equal(import_run(fd, &o, &result, &err), 0);
		assert_int_equal(result.present_blobs, places[row % 3].kept);
		assert_int_equal(result.written_bytes, row % 3 == 0 ? m.size : 0);
	}
}

/* What is here already is not read again, and what was cut off is the only thing missing. */
static void import_keeps_what_came_before_the_end(void **state)
{
	auto_store *s = fresh(&store_ops_volatile);
	const struct import_options o = { .trust = &trust, .store = s };
	struct error err;
	size_t at;

	(void)state;
	(void)blob_at(BLOBS - 1, &at);
	assert_int_equal(run(plain.data, at + TAR_BLOCK + 1, &o, &err), -EBADMSG);
	assert_string_equal(err.code, "SW-2005");
	assert_int_equal(blobs_in(s), BLOBS - 1);
	assert_int_equal(run(packed.data, packed.len - 5, &o, &err), -EBADMSG);
	assert_string_equal(err.code, "SW-2005");
	assert_int_equal(run(packed.data, packed.len, &o, &err), 0);
}

/* Through the ring of pieces, with threads: sizes around a piece, and a store that fails. */
static void import_moves_large_blobs(void **state)
{
	static const size_t sizes[] = { 1u << 20, (1u << 20) + 1, 24u << 20 };
	static struct sample big;

	(void)state;
	assert_int_equal(sample_start(&big), 0);
	for (int i = 0; i < 3; i++) {
		auto_statement st = { .name = "demo", .version = 1 };
		const struct writer_options options = { .key = &key, .zstd = i % 2 };
		struct store_ops ops = broken_ops();
		auto_store *s = fresh(&ops);
		const struct import_options o = { .trust = &trust, .store = s };
		auto_import_result result = { 0 };
		auto_free char *text = calloc(1, sizes[i] + 1);
		auto_close int fd = memfd_create("bundle", MFD_CLOEXEC);
		struct error err = { 0 };

		memset(text, 'a' + i, sizes[i]);
		sample_image(&big, "app:1", "container", text, NULL);
		assert_int_equal(writer_state(big.store, &st, &err), 0);
		assert_int_equal(writer_write(big.store, &st, &options, fd, &err), 0);
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
		broken_error = ENOSPC;
		broken_steps_left = 4;
		assert_int_equal(import_run(fd, &o, &result, &err), -ENOSPC);
		broken_steps_left = 0;
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
		assert_int_equal(import_run(fd, &o, &result, &err), 0);
	}
	assert_int_equal(sample_end(&big), 0);
}

static int little_space(int dir_fd, uint64_t *ret)
{
	(void)dir_fd;
	*ret = 1000;
	return 0;
}

static void import_asks_for_room_first(void **state)
{
	struct store_ops ops = store_ops_volatile;
	auto_store *s = NULL;
	struct error err;

	(void)state;
	ops.free_space = little_space;
	s = fresh(&ops);
	assert_int_equal(import_into(s, &plain, false, &err), -ENOSPC);
	assert_string_equal(err.code, "SW-2011");
	assert_non_null(strstr(err.text, "1.0 kB are free"));
}

/* Whatever fails: no name leads to a blob that is not whole, and the next import goes on. */
static void import_survives_every_failing_step(void **state)
{
	static const int errors[] = { EIO, ENOSPC, EROFS, EDQUOT };
	struct store_ops ops = broken_ops();
	bool failed = true;
	int n;

	(void)state;
	for (n = 1; failed; n++) {
		auto_store *s = fresh(&ops);
		struct error err;

		broken_error = errors[n % 4];
		broken_steps_left = n;
		failed = import_into(s, &plain, false, &err) < 0;
		broken_steps_left = 0;
		if (failed && store_find(s, "docker.io/library/app:1.0"))
			assert_int_equal(verify(plain.data, plain.len, &err), 0);
		assert_int_equal(import_into(s, &plain, false, &err), 0);
		assert_non_null(store_find(s, "docker.io/library/app:1.0"));
	}
	assert_true(n > 20);
}

static int stop_at_once(const struct import_progress *p, void *arg)
{
	(void)p;
	(void)arg;
	return 1;
}

static void import_can_be_stopped(void **state)
{
	auto_store *s = fresh(&store_ops_volatile);
	const struct import_options o = { .trust = &trust, .store = s, .progress = stop_at_once };
	struct error err;

	(void)state;
	assert_int_equal(run(plain.data, plain.len, &o, &err), -ECANCELED);
	assert_null(store_find(s, "docker.io/library/app:1.0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(import_takes_what_is_good),
		cmocka_unit_test(import_refuses_changed_bytes),
		cmocka_unit_test(import_refuses_early_ends),
		cmocka_unit_test(import_refuses_what_follows),
		cmocka_unit_test(import_refuses_hostile_members),
		cmocka_unit_test(import_refuses_a_blob_twice),
		cmocka_unit_test(import_refuses_mixed_bundles),
		cmocka_unit_test(import_refuses_hostile_frames),
		cmocka_unit_test(import_asks_who_signed),
		cmocka_unit_test(import_goes_forward_only),
		cmocka_unit_test(import_takes_a_delta),
		cmocka_unit_test(import_keeps_what_is_good),
		cmocka_unit_test(import_keeps_what_came_before_the_end),
		cmocka_unit_test(import_moves_large_blobs),
		cmocka_unit_test(import_asks_for_room_first),
		cmocka_unit_test(import_survives_every_failing_step),
		cmocka_unit_test(import_can_be_stopped),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
