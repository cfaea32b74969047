// SPDX-License-Identifier: Apache-2.0
/*
 * A long download that survives broken connections (RFC 9110, 14 "Range Requests").
 *
 * A server may have put another file in the place of the first: a strong ETag goes into If-Range,
 * and a resumed answer whose ETag is another ends the download rather than mixing the two.
 */
#include "base/download.h"

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/http_request.h"

#define ATTEMPTS_MAX     8 /* in a row that brought nothing */
#define FIRST_ATTEMPTS   2 /* before the first byte: a wrong address is told soon */
#define WAIT_MS          500
#define WAIT_MAX_MS      30000
#define CONNECT_S        15l
#define STALLED_S        30l /* without a byte */
#define REDIRECTS_MAX    5l
#define ETAG_MAX         128
#define BUFFER_SIZE      (512l << 10)
#define STATUS_PARTIAL   206
#define STATUS_NOT_FOUND 404
#define STATUS_NO_RANGE  416
#define STATUS_BUSY      429

struct download {
	CURL *easy;
	const char *url;
	bool ftp;
	int fd;
	uint64_t done;           /* bytes that were written to fd */
	uint64_t at;             /* place in the file of the next byte that comes */
	bool begun;              /* this answer's first byte came */
	bool no_resume;          /* this FTP server cannot */
	char etag[ETAG_MAX];     /* of the first answer; "": none, or a weak one */
	char etag_now[ETAG_MAX]; /* of this answer */
	bool changed;            /* they differ */
	struct error write_error;
	char detail[CURL_ERROR_SIZE];
};

static const char *const schemes[] = { "http://", "https://", "ftp://", "ftps://" };

bool download_is_url(const char *text)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncasecmp(text, schemes[i], strlen(schemes[i])) == 0)
			return true;
	return false;
}

/* What may be shown of a URL: neither its query nor the name and password in front of its host. */
static const char *url_shown(const char *url, char out[static 256])
{
	const char *host = strstr(url, "://") + 3;
	size_t length = strcspn(host, "/?#");
	const char *at = memchr(host, '@', length);

	(void)snprintf(out, 256, "%.*s%.*s", (int)(host - url), url,
		(int)strcspn(at ? at + 1 : host, "?#"), at ? at + 1 : host);
	return out;
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
	struct download *d = arg;
	char line[ETAG_MAX];

	n *= size;
	(void)snprintf(line, sizeof(line), "%.*s", (int)n, p); /* a longer one is not ours */
	if (strncmp(line, "HTTP/", 5) == 0)
		d->etag_now[0] = '\0'; /* another answer begins */
	else if (strncasecmp(line, "etag:", 5) == 0)
		(void)sscanf(
			line + 5, " \"%100[^\"\r\n]\"", d->etag_now); /* weak ones are not read */
	return n;
}

/* At the first byte of an answer: where in the file it begins, and whether it is still the same. */
static void answer_begin(struct download *d, long status)
{
	d->begun = true;
	d->at = status == STATUS_PARTIAL || (d->ftp && !d->no_resume) ? d->done : 0;
	if (d->done == 0)
		memcpy(d->etag, d->etag_now, sizeof(d->etag));
	d->changed = d->etag[0] && d->etag_now[0] && strcmp(d->etag, d->etag_now) != 0;
}

/* Writes what is new of a piece; what came before is dropped. */
static size_t on_data(char *p, size_t size, size_t n, void *arg)
{
	struct download *d = arg;
	long status = 0;
	size_t known;

	n *= size;
	(void)curl_easy_getinfo(d->easy, CURLINFO_RESPONSE_CODE, &status);
	if (!d->ftp && (status < 200 || status > 299))
		return n; /* an error's page */
	if (!d->begun)
		answer_begin(d, status);
	if (d->changed)
		return 0;
	known = d->done - d->at < n ? (size_t)(d->done - d->at) : n;
	d->at += n;
	if (known == n)
		return n;
	if (write_all(d->fd, p + known, n - known, &d->write_error) < 0)
		return 0;
	d->done += n - known;
	return n;
}

static void options_set(struct download *d)
{
	curl_easy_setopt(d->easy, CURLOPT_URL, d->url);
	curl_easy_setopt(d->easy, CURLOPT_PROTOCOLS_STR, "http,https,ftp,ftps");
	curl_easy_setopt(d->easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(d->easy, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(d->easy, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
	curl_easy_setopt(d->easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(d->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(d->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(d->easy, CURLOPT_BUFFERSIZE, BUFFER_SIZE);
	curl_easy_setopt(d->easy, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(d->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(d->easy, CURLOPT_LOW_SPEED_TIME, STALLED_S);
	curl_easy_setopt(d->easy, CURLOPT_ERRORBUFFER, d->detail);
	curl_easy_setopt(d->easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(d->easy, CURLOPT_HEADERDATA, d);
	curl_easy_setopt(d->easy, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(d->easy, CURLOPT_WRITEDATA, d);
}

static CURLcode attempt(struct download *d)
{
	struct curl_slist *headers = NULL;
	char line[ETAG_MAX + 16];
	CURLcode code;

	d->begun = false;
	d->detail[0] = '\0';
	if (d->done > 0 && d->ftp) {
		curl_easy_setopt(d->easy, CURLOPT_RESUME_FROM_LARGE,
			d->no_resume ? (curl_off_t)0 : (curl_off_t)d->done);
	} else if (d->done > 0) {
		(void)snprintf(line, sizeof(line), "%llu-", (unsigned long long)d->done);
		curl_easy_setopt(d->easy, CURLOPT_RANGE, line);
		(void)snprintf(line, sizeof(line), "If-Range: \"%s\"", d->etag);
		headers = d->etag[0] ? curl_slist_append(NULL, line) : NULL;
		curl_easy_setopt(d->easy, CURLOPT_HTTPHEADER, headers);
	}
	code = curl_easy_perform(d->easy);
	curl_easy_setopt(d->easy, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	return code;
}

/* 0: all is here; 1: worth another attempt; or the error, which is also set for 1. */
static int outcome(struct download *d, CURLcode code, struct error *err)
{
	char shown[256];
	long status = 0;

	(void)curl_easy_getinfo(d->easy, CURLINFO_RESPONSE_CODE, &status);
	if (d->write_error.number < 0) {
		*err = d->write_error;
		return err->number;
	}
	if (d->changed)
		return fail_code(err, ESTALE, "SW-2033",
			"%s was replaced by another file while it was fetched",
			url_shown(d->url, shown));
	if (code == CURLE_OK && (d->ftp || (status >= 200 && status < 300)))
		return 0;
	if (status == STATUS_NO_RANGE && d->done > 0)
		return 0; /* nothing comes behind what is here */
	if (code == CURLE_FTP_COULDNT_USE_REST || code == CURLE_BAD_DOWNLOAD_RESUME)
		d->no_resume = true;
	if (code == CURLE_OK)
		(void)fail_code(err, status == STATUS_NOT_FOUND ? ENOENT : EIO, "SW-2033",
			"%s: the server answers %ld", url_shown(d->url, shown), status);
	else
		(void)fail_code(err, EIO, "SW-2033", "%s: %s", url_shown(d->url, shown),
			d->detail[0] ? d->detail : curl_easy_strerror(code));
	if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_UNSUPPORTED_PROTOCOL ||
		code == CURLE_URL_MALFORMAT || code == CURLE_LOGIN_DENIED ||
		code == CURLE_REMOTE_FILE_NOT_FOUND || code == CURLE_TOO_MANY_REDIRECTS ||
		(code == CURLE_OK && status < 500 && status != STATUS_BUSY))
		return err->number;
	return 1;
}

/* Waits before the next attempt, or until the pipe has lost its reader. */
static bool reader_is_there(int fd, int wait_ms)
{
	struct pollfd lost = { .fd = fd };

	return poll(&lost, 1, wait_ms) <= 0;
}

static int attempts(struct download *d, struct error *err)
{
	int in_vain = 0;
	int wait_ms = WAIT_MS;

	for (;;) {
		uint64_t before = d->done;
		int r = outcome(d, attempt(d), err);

		if (r <= 0)
			return r;
		in_vain = d->done > before ? 0 : in_vain + 1;
		wait_ms = d->done > before ? WAIT_MS : wait_ms * 2;
		if (in_vain >= (d->done > 0 ? ATTEMPTS_MAX : FIRST_ATTEMPTS))
			return fail_in(err, "after %llu bytes", (unsigned long long)d->done);
		if (!reader_is_there(d->fd, wait_ms < WAIT_MAX_MS ? wait_ms : WAIT_MAX_MS))
			return fail(err, EPIPE, "writing what was fetched");
	}
}

int download_run(const char *url, int fd, struct error *err)
{
	struct download d = { .url = url, .fd = fd, .ftp = strncasecmp(url, "ftp", 3) == 0 };
	int r = http_global_init(err);

	if (r < 0)
		return r;
	d.easy = curl_easy_init();
	if (!d.easy)
		return fail_memory(err);
	options_set(&d);
	r = attempts(&d, err);
	curl_easy_cleanup(d.easy);
	if (r == -EIO)
		(void)fail_hint(err, "Import again when the server can be reached; blobs that are "
				     "here are kept.");
	return r;
}
