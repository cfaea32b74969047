// SPDX-License-Identifier: Apache-2.0
/* Blocking HTTP requests over one kept connection. */
#include "base/http_client.h"

#include <stdlib.h>

#include "base/http_request.h"

struct http_client {
	CURL *easy;
};

int http_client_new(struct http_client **ret, struct error *err)
{
	struct http_client *c;
	int r = http_global_init(err);

	if (r < 0)
		return r;
	c = calloc(1, sizeof(*c));
	if (!c)
		return fail_memory(err);
	c->easy = curl_easy_init();
	if (!c->easy) {
		free(c);
		return fail_memory(err);
	}
	*ret = c;
	return 0;
}

void http_client_free(struct http_client *c)
{
	if (!c)
		return;
	curl_easy_cleanup(c->easy);
	free(c);
}

int http_do(struct http_client *c, const struct http_request *req, struct http_response *ret,
	struct error *err)
{
	struct http_transfer t = { .easy = c->easy };
	int r;

	curl_easy_reset(c->easy); /* keeps the connection */
	r = http_transfer_prepare(&t, req, false, ret, err);
	if (r == 0)
		r = http_transfer_finish(&t, curl_easy_perform(c->easy), err);
	http_transfer_done(&t);
	return r;
}
