// SPDX-License-Identifier: Apache-2.0
/* Bodies in, answers out, with the commit in between. */
#include "provisioner/daemon/http_reply.h"

#include "base/cleanup.h"
#include "provisioner/daemon/durable.h"

int http_read_body(struct http_exchange *x, const char *what, const struct json_field *fields,
	json_t **ret, struct error *err)
{
	int r = json_read(buf_str(&x->body), x->body.len, ret, err);

	if (r < 0)
		return fail_in(err, "the body");
	if (!json_is_object(*ret))
		return fail_code(err, EINVAL, NULL, "the body: a JSON object is wanted");
	return fields ? json_fields(*ret, what, fields, err) : 0;
}

void http_finish(struct http_exchange *x, struct appliance *a, int r, int status, json_t *value,
	struct error *err)
{
	auto_json json_t *owned = value;
	struct error commit = { 0 };

	/* a refusal may have left an alarm on a timeline: that is made durable too */
	if (durable_commit(a, &commit) < 0 && r == 0) {
		*err = commit;
		r = commit.number;
	}
	if (r < 0)
		http_answer_error(x, err);
	else
		http_answer_json(x, status, take_ptr(&owned));
}

void http_dispatch(struct http_exchange *x, const struct route *table, struct appliance *a)
{
	const struct route *route;
	struct route_match match;
	struct error err = { 0 };

	if (route_find(table, x->method, x->path, &route, &match, &err) < 0)
		http_answer_error(x, &err);
	else
		route->handle(x, &match, a);
}
