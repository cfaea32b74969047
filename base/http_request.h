// SPDX-License-Identifier: Apache-2.0
/*
 * One request as a curl easy handle: what the blocking and the asynchronous client share.
 * Internal to base/.
 */
#pragma once

#include <curl/curl.h>

#include "base/http_client.h"

struct http_transfer {
	CURL *easy;
	struct curl_slist *headers;
	struct http_response *response; /* borrowed */
	int (*on_data)(const void *p, size_t n, void *arg);
	void *on_data_arg;
	char detail[CURL_ERROR_SIZE]; /* curl's own words about a failure */
};

/* Initialises libcurl once for the process. */
int http_global_init(struct error *err);

/* Sets up t->easy (already made or reset) for req. With `copy` the body is copied. */
int http_transfer_prepare(struct http_transfer *t, const struct http_request *req, bool copy,
	struct http_response *response, struct error *err);

/* Reads the status and content type after the transfer; turns a curl code into an error. */
int http_transfer_finish(struct http_transfer *t, CURLcode code, struct error *err);

void http_transfer_done(struct http_transfer *t); /* frees the headers, not the easy handle */
