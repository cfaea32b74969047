// SPDX-License-Identifier: Apache-2.0
/* One request as a curl easy handle. */
#include "base/http_request.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_MAX_BODY      (4u << 20)
#define DEFAULT_TIMEOUT_MS    30000
#define DEFAULT_CONNECT_MS    5000
#define CURL_BUFFER_SIZE      (512l << 10)

static pthread_once_t global_once = PTHREAD_ONCE_INIT;
static CURLcode global_result;

static void global_start(void)
{
	global_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

int http_global_init(struct error *err)
{
	(void)pthread_once(&global_once, global_start); /* cannot fail with a valid once */
	if (global_result != CURLE_OK)
		return fail_code(err, EIO, NULL, "libcurl does not start: %s",
			curl_easy_strerror(global_result));
	return 0;
}

static size_t on_write(char *p, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;
	long status = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (t->on_data && status >= 200 && status < 300)
		return t->on_data(p, size * n, t->on_data_arg) == 0 ? size * n : 0;
	buf_add(&t->response->body, p, size * n);
	return t->response->body.failed ? 0 : size * n;
}

static int add_header(struct http_transfer *t, const char *line, struct error *err)
{
	struct curl_slist *longer;

	if (strpbrk(line, "\r\n"))
		return fail_code(err, EINVAL, NULL, "a request header holds a line break");
	longer = curl_slist_append(t->headers, line);
	if (!longer)
		return fail_memory(err);
	t->headers = longer;
	return 0;
}

static int prepare_headers(struct http_transfer *t, const struct http_request *req,
	struct error *err)
{
	auto_buf line = { .max = 8192 };
	int r = add_header(t, "Expect:", err);

	if (r == 0 && req->body) {
		buf_printf(&line, "Content-Type: %s",
			req->content_type ? req->content_type : "application/json");
		r = add_header(t, buf_str(&line), err);
	}
	if (r == 0 && req->bearer) {
		buf_reset(&line);
		buf_printf(&line, "Authorization: Bearer %s", req->bearer);
		r = line.failed ? fail_code(err, EINVAL, NULL, "the token is too long") :
			add_header(t, buf_str(&line), err);
	}
	for (size_t i = 0; r == 0 && req->headers && req->headers[i]; i++)
		r = add_header(t, req->headers[i], err);
	return r;
}

static void set_blob(CURL *easy, CURLoption option, const char *pem)
{
	struct curl_blob blob = { (void *)pem, strlen(pem), CURL_BLOB_COPY };

	curl_easy_setopt(easy, option, &blob);
}

/* A pinned key replaces names, dates and authorities: the key is the identity. */
static void prepare_trust(CURL *easy, const struct http_request *req)
{
	if (req->pinned_spki) {
		curl_easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY, req->pinned_spki);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (req->ca_pem)
		set_blob(easy, CURLOPT_CAINFO_BLOB, req->ca_pem);
	if (req->cert_pem)
		set_blob(easy, CURLOPT_SSLCERT_BLOB, req->cert_pem);
	if (req->key_pem)
		set_blob(easy, CURLOPT_SSLKEY_BLOB, req->key_pem);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
}

static void prepare_time(CURL *easy, const struct http_request *req)
{
	long timeout = req->timeout_ms ? req->timeout_ms : DEFAULT_TIMEOUT_MS;

	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout < 0 ? 0L : timeout);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
		(long)(req->connect_timeout_ms ? req->connect_timeout_ms : DEFAULT_CONNECT_MS));
	if (req->stall_timeout_ms) {
		curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
			(long)(req->stall_timeout_ms + 999) / 1000);
	}
}

static void prepare_body(CURL *easy, const struct http_request *req, bool copy)
{
	if (req->body) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body_size);
		curl_easy_setopt(easy, copy ? CURLOPT_COPYPOSTFIELDS : CURLOPT_POSTFIELDS,
			req->body);
	}
	if (req->method && strcmp(req->method, "HEAD") == 0)
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	else if (req->method)
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, req->method);
	if (req->range_from)
		curl_easy_setopt(easy, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)req->range_from);
}

int http_transfer_prepare(struct http_transfer *t, const struct http_request *req, bool copy,
	struct http_response *response, struct error *err)
{
	CURL *easy = t->easy;
	int r = prepare_headers(t, req, err);

	if (r < 0)
		return r;
	t->response = response;
	t->on_data = req->on_data;
	t->on_data_arg = req->on_data_arg;
	response->body.max = req->max_body ? req->max_body : DEFAULT_MAX_BODY;
	curl_easy_setopt(easy, CURLOPT_URL, req->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, CURL_BUFFER_SIZE);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, t->headers);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->detail);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
	if (req->unix_socket)
		curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, req->unix_socket);
	prepare_trust(easy, req);
	prepare_time(easy, req);
	prepare_body(easy, req, copy);
	return 0;
}

static int errno_of(CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_CONNECT:
		return ECONNREFUSED;
	case CURLE_COULDNT_RESOLVE_HOST:
		return EHOSTUNREACH;
	case CURLE_OPERATION_TIMEDOUT:
		return ETIMEDOUT;
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
	case CURLE_PEER_FAILED_VERIFICATION:
		return EACCES;
	case CURLE_WRITE_ERROR:
		return ECANCELED;
	case CURLE_OUT_OF_MEMORY:
		return ENOMEM;
	default:
		return EIO; /* curl's own words tell the rest */
	}
}

int http_transfer_finish(struct http_transfer *t, CURLcode code, struct error *err)
{
	const char *type = NULL;
	char *url = NULL;

	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &t->response->status);
	(void)curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
	(void)curl_easy_getinfo(t->easy, CURLINFO_EFFECTIVE_URL, &url);
	(void)snprintf(t->response->content_type, sizeof(t->response->content_type), "%s",
		type ? type : "");
	if (code == CURLE_OK)
		return 0;
	if (t->response->body.failed)
		return fail_code(err, EFBIG, NULL, "%.*s: the answer is larger than %zu bytes",
			(int)strcspn(url ? url : "", "?"), url ? url : "", t->response->body.max);
	return fail_code(err, errno_of(code), NULL, "%.*s: %s", (int)strcspn(url ? url : "", "?"),
		url ? url : "", t->detail[0] ? t->detail : curl_easy_strerror(code));
}

void http_transfer_done(struct http_transfer *t)
{
	curl_slist_free_all(t->headers);
	t->headers = NULL;
}

void http_response_done(struct http_response *r)
{
	buf_done(&r->body);
}
