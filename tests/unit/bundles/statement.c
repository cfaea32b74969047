// SPDX-License-Identifier: Apache-2.0
/* Statements: the round trip, and what none may say. */
#include "tests/unit/unit.h"

#include "base/cleanup.h"
#include "bundles/statement.h"

#define D1    "sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define D2    "sha256:2222222222222222222222222222222222222222222222222222222222222222"
#define TYPE  "'mediaType':'application/vnd.slipway.bundle.v1+json'"
#define BLOBS "'blobs':[{'digest':'" D1 "','size':4294967297},{'digest':'" D2 "','size':0}]"
#define ENTRY(digest, size, name)                                                                  \
	"{'mediaType':'a/b','digest':'" digest "','size':" size                                    \
	",'annotations':{'org.opencontainers.image.ref.name':'" name "'}}"
#define NAMED TYPE ",'name':'demo','version':3,"

static const struct {
	const char *text; /* with ' for " */
	bool good;
} rows[] = {
	{ "{" NAMED BLOBS ",'entries':[" ENTRY(D1, "4294967297", "app:1") "]}", true },
	{ "{" NAMED BLOBS ",'entries':[],'created':'2026-01-01T00:00:00.000Z'}", true },
	{ "{" NAMED "'blobs':[],'entries':[]}", true },
	{ "{" NAMED "'blobs':[{'digest':'" D1 "','size':5,'carried':false}],'entries':[]}", true },
	{ "{" NAMED "'blobs':[{'digest':'" D1 "','size':5,'carried':1}],'entries':[]}", false },
	{ "{" NAMED BLOBS ",'entries':[" ENTRY(D1, "5", "app:1") "]}", false },
	{ "{" NAMED BLOBS ",'entries':[" ENTRY(D1, "4294967297", "../x") "]}", false },
	{ "{" NAMED BLOBS ",'entries':[{}]}", false },
	{ "{" NAMED BLOBS ",'entries':[],'more':1}", false },
	{ "{" NAMED "'blobs':[{'digest':'" D2 "','size':0},{'digest':'" D1
	  "','size':0}],'entries':[]}",
		false },
	{ "{" NAMED "'blobs':[{'digest':'" D1 "','size':0},{'digest':'" D1
	  "','size':0}],'entries':[]}",
		false },
	{ "{" NAMED "'blobs':[{'digest':'" D1 "','size':-1}],'entries':[]}", false },
	{ "{" NAMED "'blobs':[{'digest':'" D1 "','size':9223372036854775807},"
	  "{'digest':'" D2 "','size':1}],'entries':[]}",
		false },
	{ "{" NAMED "'blobs':[{'digest':'sha256:zz','size':1}],'entries':[]}", false },
	{ "{" TYPE ",'name':'demo','version':0,'blobs':[],'entries':[]}", false },
	{ "{" TYPE ",'name':'demo','version':-7,'blobs':[],'entries':[]}", false },
	{ "{" TYPE ",'name':'../demo','version':1,'blobs':[],'entries':[]}", false },
	{ "{" TYPE ",'name':'','version':1,'blobs':[],'entries':[]}", false },
	{ "{'mediaType':'x','name':'demo','version':1,'blobs':[],'entries':[]}", false },
	{ "{}", false },
	{ "[]", false },
	{ "", false },
};

static char *quoted(const char *text)
{
	char *copy = strdup(text);

	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	return copy;
}

static void statement_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_free char *text = quoted(rows[i].text);
		auto_free char *again = NULL;
		auto_free char *twice = NULL;
		auto_statement st = { 0 };
		auto_statement back = { 0 };
		struct error err = { 0 };
		int r = statement_parse(text, strlen(text), &st, &err);

		if ((r == 0) != rows[i].good)
			test_failed("row %zu: %d %s", i, r, err.text);
		if (r < 0)
			continue;
		assert_int_equal(statement_format(&st, &again, &err), 0);
		assert_int_equal(statement_parse(again, strlen(again), &back, &err), 0);
		assert_int_equal(statement_format(&back, &twice, &err), 0);
		assert_string_equal(again, twice);
		assert_int_equal(st.blob_bytes, st.blob_count == 2   ? 4294967297
						: st.blob_count == 1 ? 5
								     : 0);
		assert_int_equal(back.absent_count, st.blob_count == 1);
		assert_int_equal(back.absent_bytes, st.blob_count == 1 ? 5 : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statement_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
