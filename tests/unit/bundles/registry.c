// SPDX-License-Identifier: Apache-2.0
/* Requests under /v2/ and what answers them. */
#include "tests/unit/unit.h"

#include "bundles/registry.h"
#include "tests/unit/bundles/sample.h"

static struct sample sample;
static struct registry *registry;
static struct digest app;

static int setup(void **state)
{
	struct error err = { 0 };

	(void)state;
	if (sample_start(&sample) != 0 || registry_new(sample.store, &registry, &err) < 0)
		return -1;
	app = sample_image(&sample, "docker.io/library/app:1.0", "container", "app layer", NULL);
	sample_image(&sample, "docker.io/library/app:2.0", "container", "app layer 2", NULL);
	sample_image(&sample, "docker.io/library/app-x:3", "container", "x", NULL);
	sample_image(&sample, "registry.example/two:1", "container", "two", NULL);
	sample_image(&sample, "other.example/two:1", "container", "two other", NULL);
	sample_image(&sample, "os/debian-12-node", "rootfs", "root", NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	registry_free(registry);
	return sample_end(&sample);
}

static const struct {
	const char *method;
	const char *path;
	const char *ns;
	int status;
	const char *content; /* part of a body; NULL: none is looked at */
} rows[] = {
	{ "GET", "/v2/", NULL, 200, "{}" },
	{ "GET", "/v2", NULL, 200, "{}" },
	{ "GET", "/v2/library/app/manifests/1.0", "docker.io", 200, NULL },
	{ "HEAD", "/v2/library/app/manifests/1.0", "docker.io", 200, NULL },
	{ "GET", "/v2/library/app/manifests/1.0", NULL, 200, NULL },
	{ "GET", "/v2/docker.io/library/app/manifests/1.0", NULL, 200, NULL },
	{ "GET", "/v2/library/app/manifests/1.0", "quay.example", 404, "NAME_UNKNOWN" },
	{ "GET", "/v2/library/app/manifests/9", "docker.io", 404, "MANIFEST_UNKNOWN" },
	{ "GET", "/v2/library/app/manifests/latest", "docker.io", 404, "MANIFEST_UNKNOWN" },
	{ "GET", "/v2/two/manifests/1", "registry.example", 200, NULL },
	{ "GET", "/v2/two/manifests/1", NULL, 404, "NAME_UNKNOWN" },
	{ "GET", "/v2/os/debian-12-node/manifests/latest", NULL, 200, NULL },
	{ "GET", "/v2/os/debian-12-node/manifests/latest", "192.0.2.1", 200, NULL },
	{ "GET", "/v2/nothing/manifests/1.0", NULL, 404, "NAME_UNKNOWN" },
	{ "GET", "/v2/library/app/blobs/sha256:zz", NULL, 400, "DIGEST_INVALID" },
	{ "GET",
		"/v2/library/app/blobs/"
		"sha256:0000000000000000000000000000000000000000000000000000000000000000",
		NULL, 404, "BLOB_UNKNOWN" },
	{ "GET",
		"/v2/library/app/manifests/"
		"sha256:0000000000000000000000000000000000000000000000000000000000000000",
		NULL, 404, "MANIFEST_UNKNOWN" },
	{ "GET", "/v2/library/app/tags/list", "docker.io", 200, "[\"1.0\",\"2.0\"]" },
	{ "GET", "/v2/os/debian-12-node/tags/list", NULL, 200, "[\"latest\"]" },
	{ "GET", "/v2/library/app/tags/other", "docker.io", 404, NULL },
	{ "GET",
		"/v2/library/app/referrers/"
		"sha256:0000000000000000000000000000000000000000000000000000000000000000",
		NULL, 200, "\"manifests\":[]" },
	{ "GET", "/v2/library/app/referrers/sha256:zz", NULL, 400, "DIGEST_INVALID" },
	{ "GET", "/v2/library/app/blobs/sha512:00", NULL, 404, "BLOB_UNKNOWN" },
	{ "GET", "/v2/_catalog", NULL, 200,
		"[\"docker.io/library/app\",\"docker.io/library/app-x\",\"os/debian-12-node\","
		"\"other.example/two\",\"registry.example/two\"]" },
	{ "GET", "/v2/_catalog/x", NULL, 404, NULL },
	{ "POST", "/v2/library/app/blobs/uploads/", NULL, 405, "UNSUPPORTED" },
	{ "PUT", "/v2/library/app/manifests/1.0", NULL, 405, "UNSUPPORTED" },
	{ "DELETE", "/v2/library/app/manifests/1.0", NULL, 405, "UNSUPPORTED" },
	{ "GET", "/v2/../../etc/passwd", NULL, 404, NULL },
	{ "GET", "/v2/library/../app/manifests/1.0", NULL, 404, NULL },
	{ "GET", "/v2//manifests/1.0", NULL, 404, NULL },
	{ "GET", "/v2/manifests/1.0", NULL, 404, NULL },
	{ "GET", "/v2/library/app/manifests/", NULL, 404, NULL },
	{ "GET", "/v3/", NULL, 404, NULL },
};

static void registry_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct registry_request req = {
			.method = rows[i].method, .path = rows[i].path, .ns = rows[i].ns
		};
		auto_registry_answer a = { .fd = -1 };
		struct error err = { 0 };

		assert_int_equal(registry_answer(registry, &req, &a, &err), 0);
		if (a.status != rows[i].status)
			test_failed("%s %s: %d", req.method, req.path, a.status);
		if (rows[i].content && !strstr(buf_str(&a.body), rows[i].content))
			test_failed("%s %s: %s", req.method, req.path, buf_str(&a.body));
		if (a.fd < 0 && !(a.head && a.digest[0]))
			assert_int_equal(a.size, a.body.len);
	}
}

static void registry_serves_stored_bytes(void **state)
{
	char path[256];
	char digest[DIGEST_TEXT_MAX];
	struct registry_request req = { .method = "GET", .path = path };
	auto_registry_answer a = { .fd = -1 };
	struct error err = { 0 };
	char bytes[2048];
	ssize_t n;
	struct digest found;

	(void)state;
	(void)snprintf(
		path, sizeof(path), "/v2/library/app/manifests/%s", digest_format(&app, digest));
	assert_int_equal(registry_answer(registry, &req, &a, &err), 0);
	assert_int_equal(a.status, 200);
	assert_true(a.immutable);
	assert_string_equal(a.content_type, OCI_TYPE_MANIFEST);
	assert_string_equal(a.digest, digest);
	n = read(a.fd, bytes, sizeof(bytes));
	assert_int_equal(n, a.size);
	assert_int_equal(digest_of(bytes, (size_t)n, &found, &err), 0);
	assert_true(digest_equal(&found, &app));
}

static void registry_pages_tags(void **state)
{
	struct registry_request req = {
		.method = "GET", .path = "/v2/library/app/tags/list", .ns = "docker.io", .n = "1"
	};
	auto_registry_answer first = { .fd = -1 };
	auto_registry_answer second = { .fd = -1 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(registry_answer(registry, &req, &first, &err), 0);
	assert_non_null(strstr(buf_str(&first.body), "[\"1.0\"]"));
	assert_string_equal(
		first.link, "</v2/library/app/tags/list?n=1&last=1.0&ns=docker.io>; rel=\"next\"");
	req.last = "1.0";
	assert_int_equal(registry_answer(registry, &req, &second, &err), 0);
	assert_non_null(strstr(buf_str(&second.body), "[\"2.0\"]"));
	assert_string_equal(second.link, "");
}

static void registry_checks_the_number_of_items(void **state)
{
	static const struct {
		const char *path;
		const char *n;
		const char *last;
		int status;
		const char *content;
		const char *link;
	} pages[] = {
		{ "/v2/docker.io/library/app/tags/list", "0", NULL, 200, "\"tags\":[]", "" },
		{ "/v2/docker.io/library/app/tags/list", "x", NULL, 400,
			"PAGINATION_NUMBER_INVALID", "" },
		{ "/v2/docker.io/library/app/tags/list", "-1", NULL, 400,
			"PAGINATION_NUMBER_INVALID", "" },
		{ "/v2/docker.io/library/app/tags/list", "99", "1.5", 200, "[\"2.0\"]", "" },
		{ "/v2/docker.io/library/app/tags/list", NULL, "9", 200, "\"tags\":[]", "" },
		{ "/v2/_catalog", "2", "docker.io/library/app", 200,
			"[\"docker.io/library/app-x\",\"os/debian-12-node\"]",
			"</v2/_catalog?n=2&last=os/debian-12-node>; rel=\"next\"" },
		{ "/v2/_catalog", "1x", NULL, 400, "PAGINATION_NUMBER_INVALID", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		const struct registry_request req = { .method = "GET",
			.path = pages[i].path,
			.n = pages[i].n,
			.last = pages[i].last };
		auto_registry_answer a = { .fd = -1 };
		struct error err = { 0 };

		assert_int_equal(registry_answer(registry, &req, &a, &err), 0);
		assert_int_equal(a.status, pages[i].status);
		assert_non_null(strstr(buf_str(&a.body), pages[i].content));
		assert_string_equal(a.link, pages[i].link);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registry_rows),
		cmocka_unit_test(registry_serves_stored_bytes),
		cmocka_unit_test(registry_pages_tags),
		cmocka_unit_test(registry_checks_the_number_of_items),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
