// SPDX-License-Identifier: Apache-2.0
/* Tests images/blob_stream.c and what it stands on: every kind of packing, and every way to fail.
 */
#include "tests/unit/unit.h"

#include <zlib.h>
#include <zstd.h>

#include "base/cleanup.h"
#include "images/blob_stream.h"

#define RAW_BYTES (3 * BLOB_PIECE + 12345)

/* A blob as it comes, and what becomes of it. */
struct world {
	const uint8_t *bytes;
	size_t size;
	size_t cut; /* the source ends after so many; SIZE_MAX: never */
	uint8_t *got;
	uint64_t got_bytes;
	uint64_t refuse_at; /* take() fails from this byte on */
};

static uint8_t *raw_new(void)
{
	uint8_t *p = malloc(RAW_BYTES);

	assert_non_null(p);
	for (size_t i = 0; i < RAW_BYTES; i++)
		p[i] = (uint8_t)(i / 3 * 2654435761u >> 24);
	return p;
}

static int world_fetch(void *arg, const struct digest *digest, uint64_t size_bytes,
	rootfs_sink sink, void *sink_arg, struct error *err)
{
	struct world *w = arg;
	size_t size = w->cut < w->size ? w->cut : w->size;

	(void)digest;
	(void)size_bytes;
	for (size_t at = 0; at < size; at += 10007) {
		size_t n = size - at < 10007 ? size - at : 10007;

		if (sink(w->bytes + at, n, sink_arg) != 0)
			return fail_code(err, ECANCELED, NULL, "not wanted");
	}
	return w->cut < w->size ? fail_code(err, EIO, "SW-3022", "the network is gone") : 0;
}

static int world_take(uint64_t at, uint8_t *p, size_t n, void *arg, struct error *err)
{
	struct world *w = arg;

	assert_int_equal(at, w->got_bytes);
	if (at >= w->refuse_at)
		return fail(err, EIO, "writing the disk");
	assert_true(at + n <= RAW_BYTES);
	memcpy(w->got + at, p, n);
	w->got_bytes += n;
	return 0;
}

static int world_run(struct world *w, const struct digest *digest, uint64_t size,
	struct blob_trail *trail, struct error *err)
{
	const struct rootfs_layer blob = { .digest = *digest, .size_bytes = size };
	const struct rootfs_source source = { world_fetch, w };
	const struct blob_stream s = {
		.blob = &blob,
		.source = &source,
		.take = world_take,
		.take_arg = w,
		.trail = trail,
	};

	w->got_bytes = 0;
	return blob_stream_run(&s, err);
}

static size_t pack_zstd(uint8_t *out, size_t room, const uint8_t *raw, size_t n)
{
	size_t half = n / 2; /* two frames */
	size_t a = ZSTD_compress(out, room, raw, half, 1);

	return a + ZSTD_compress(out + a, room - a, raw + half, n - half, 1);
}

static size_t pack_gzip(uint8_t *out, size_t room, const uint8_t *raw, size_t n)
{
	z_stream z = { .next_in = (uint8_t *)(uintptr_t)raw, .avail_in = (uInt)n };

	assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_out = out;
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	(void)deflateEnd(&z);
	return room - z.avail_out;
}

static size_t pack_not(uint8_t *out, size_t room, const uint8_t *raw, size_t n)
{
	assert_true(n <= room);
	memcpy(out, raw, n);
	return n;
}

static const struct packing {
	size_t (*pack)(uint8_t *out, size_t room, const uint8_t *raw, size_t n);
	bool is_packed;
} packings[] = { { pack_zstd, true }, { pack_gzip, true }, { pack_not, false } };

static void expect(struct world *w, const struct digest *digest, const char *code, int number)
{
	struct error err = { 0 };

	assert_int_equal(world_run(w, digest, w->size, NULL, &err), number);
	assert_string_equal(err.code, code);
}

static void check_packing(const struct packing *p)
{
	auto_free uint8_t *raw = raw_new();
	auto_free uint8_t *stored = malloc(2 * RAW_BYTES);
	auto_free uint8_t *got = malloc(RAW_BYTES);
	struct error err = { 0 };
	struct digest digest, other = { { 1 } }, of_damaged;
	struct world w = { .bytes = stored, .cut = SIZE_MAX, .got = got, .refuse_at = UINT64_MAX };

	w.size = p->pack(stored, 2 * RAW_BYTES, raw, RAW_BYTES);
	assert_int_equal(digest_of(stored, w.size, &digest, &err), 0);
	expect(&w, &digest, "", 0);
	assert_int_equal(w.got_bytes, RAW_BYTES);
	assert_memory_equal(got, raw, RAW_BYTES);
	expect(&w, &other, "SW-3010", -EBADMSG);
	w.cut = w.size / 2;
	expect(&w, &digest, "SW-3022", -EIO);
	w.cut = SIZE_MAX;
	w.refuse_at = BLOB_PIECE;
	expect(&w, &digest, "", -EIO);
	w.refuse_at = UINT64_MAX;
	/* One that ends too early, though its bytes are what its digest says. */
	w.size -= 10;
	assert_int_equal(digest_of(stored, w.size, &of_damaged, &err), 0);
	expect(&w, &of_damaged, p->is_packed ? "SW-3011" : "", p->is_packed ? -EBADMSG : 0);
	/* Damage is told by the digest first, whatever the unpacking makes of it. */
	stored[w.size / 3] ^= 0x40;
	expect(&w, &digest, "SW-3010", -EBADMSG);
}

static void test_packings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(packings) / sizeof(packings[0]); i++)
		check_packing(&packings[i]);
}

static void test_sizes(void **state)
{
	auto_free uint8_t *raw = raw_new();
	auto_free uint8_t *got = malloc(RAW_BYTES);
	struct world w = { .bytes = raw, .cut = SIZE_MAX, .got = got, .refuse_at = UINT64_MAX };
	struct error err = { 0 };
	struct digest digest;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		w.size = (const size_t[]){ 0, 1, BLOB_PIECE, BLOB_PIECE + 1 }[i];
		assert_int_equal(digest_of(raw, w.size, &digest, &err), 0);
		expect(&w, &digest, "", 0);
		assert_int_equal(w.got_bytes, w.size);
	}
	assert_int_equal(world_run(&w, &digest, w.size - 1, NULL, &err), -EBADMSG);
	assert_int_equal(world_run(&w, &digest, w.size + 1, NULL, &err), -EBADMSG);
}

/* Two fetches with different damage are told apart to a step, two with the same are the same. */
static void test_trails(void **state)
{
	auto_free uint8_t *raw = raw_new();
	auto_free uint8_t *got = malloc(RAW_BYTES);
	struct world w = { .bytes = raw, .size = RAW_BYTES, .cut = SIZE_MAX, .got = got };
	auto_free struct blob_trail *a = calloc(1, sizeof(*a));
	auto_free struct blob_trail *b = calloc(1, sizeof(*b));
	struct digest other = { { 1 } };
	struct error err = { 0 };
	uint64_t from, to;

	(void)state;
	w.refuse_at = UINT64_MAX;
	assert_int_equal(world_run(&w, &other, RAW_BYTES, a, &err), -EBADMSG);
	assert_int_equal(world_run(&w, &other, RAW_BYTES, b, &err), -EBADMSG);
	assert_false(blob_trail_differ(a, b, &from, &to));
	raw[700000] ^= 1;
	assert_int_equal(world_run(&w, &other, RAW_BYTES, b, &err), -EBADMSG);
	assert_true(blob_trail_differ(a, b, &from, &to));
	assert_true(from <= 700000 && 700000 < to && to - from <= 256 << 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packings),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_trails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
