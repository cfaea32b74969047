// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>

#include "provisioner/cli/sse.h"

struct log {
	char text[512];
	int stop_at;
	int count;
};

static int on_event(int64_t id, const char *name, const char *data, void *arg)
{
	struct log *log = arg;
	size_t n = strlen(log->text);

	(void)snprintf(
		log->text + n, sizeof(log->text) - n, "%lld %s %s|", (long long)id, name, data);
	return ++log->count == log->stop_at ? 7 : 0;
}

static const char stream[] = ": hello\n"
			     "id: 4\nevent: stage\ndata: {\"a\":1}\n\n"
			     "id:5\r\ndata: one\r\ndata: two\r\n\r\n"
			     "retry: 100\n\n"
			     "data\n\n"
			     "event: reset\nid: 9\ndata: {}\n\n"
			     "data: never ends";
static const char told[] = "4 stage {\"a\":1}|5  one\ntwo|9 reset {}|";

/* The same events, wherever the stream is cut. */
static void test_any_cut(void **state)
{
	(void)state;
	for (size_t cut = 1; cut < sizeof(stream) - 1; cut++) {
		struct log log = { .stop_at = 0 };
		struct sse sse = { .on_event = on_event, .arg = &log };

		for (size_t at = 0; at < sizeof(stream) - 1; at += cut) {
			size_t left = sizeof(stream) - 1 - at;

			assert_int_equal(sse_feed(&sse, stream + at, left < cut ? left : cut), 0);
		}
		assert_string_equal(log.text, told);
		sse_done(&sse);
	}
}

static void test_stops(void **state)
{
	struct log log = { .stop_at = 2 };
	struct sse sse = { .on_event = on_event, .arg = &log };

	(void)state;
	assert_int_equal(sse_feed(&sse, stream, sizeof(stream) - 1), 7);
	assert_int_equal(log.count, 2);
	sse_done(&sse);
}

static void test_bounded(void **state)
{
	struct log log = { .stop_at = 0 };
	struct sse sse = { .on_event = on_event, .arg = &log };
	char block[65536];
	int r = 0;

	(void)state;
	memset(block, 'x', sizeof(block));
	for (int i = 0; i < 32 && r == 0; i++)
		r = sse_feed(&sse, block, sizeof(block));
	assert_int_equal(r, -EFBIG);
	sse_done(&sse);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_cut),
		cmocka_unit_test(test_stops),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
