// SPDX-License-Identifier: Apache-2.0
/* Calls of the admin API. */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/http_client.h"
#include "base/json.h"
#include "provisioner/cli/client.h"
#include "provisioner/cli/sse.h"

#define API_URL       "http://slipway/api/v1"
#define API_TIMEOUT   120000 /* ms; a cluster check asks the cluster many things */
#define STALL_TIMEOUT 45000  /* ms; the daemon sends a comment every 15 s */

void client_path(struct buf *path, const char *segment)
{
	buf_puts(path, "/");
	for (; *segment; segment++) {
		if (isalnum((unsigned char)*segment) || strchr("-_.", *segment))
			buf_add(path, segment, 1);
		else
			buf_printf(path, "%%%02X", (unsigned char)*segment);
	}
}

/* The socket's path, once a daemon is known to listen on it. */
static int client_socket(const struct cli *cli, struct sockaddr_un *ret, struct error *err)
{
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int n = snprintf(ret->sun_path, sizeof(ret->sun_path), "%s/api.sock", cli->run_dir);

	ret->sun_family = AF_UNIX;
	if (n < 0 || (size_t)n >= sizeof(ret->sun_path))
		return fail_code(err, ENAMETOOLONG, NULL, "the run folder '%s' has too long a name",
			cli->run_dir);
	if (fd < 0)
		return fail(err, errno, "making a socket");
	if (connect(fd, (struct sockaddr *)ret, sizeof(*ret)) == 0)
		return 0;
	if (errno == EACCES || errno == EPERM) {
		(void)fail_code(
			err, EACCES, NULL, "you may not talk to slipwayd at %s", ret->sun_path);
		return fail_hint(err, "run it as root");
	}
	(void)fail_code(err, ENOTCONN, NULL, "no slipwayd answers at %s", ret->sun_path);
	return fail_hint(err, "slipway up --iface IF, or --run-dir DIR of the one that runs");
}

bool client_answered(const struct cli *cli)
{
	struct sockaddr_un address = { 0 };
	struct error ignored = { 0 };

	return client_socket(cli, &address, &ignored) == 0;
}

static int status_number(long status)
{
	if (status == 404)
		return ENOENT;
	if (status == 408 || status == 504)
		return ETIMEDOUT;
	return status < 500 ? EPERM : EIO;
}

/* Turns an answer that is no success into the error it tells of. */
static int problem_raise(const struct http_response *r, struct error *err)
{
	auto_json json_t *problem = NULL;
	struct error ignored = { 0 };
	const char *detail = "";
	const char *hint;

	/* an answer that is no JSON leaves only its status to tell */
	(void)json_read(r->body.data, r->body.len, &problem, &ignored);
	if (json_is_object(problem))
		detail = json_str(problem, "detail", json_str(problem, "title", ""));
	if (!*detail)
		return fail_code(
			err, status_number(r->status), NULL, "slipwayd answered %ld", r->status);
	(void)fail_code(err, status_number(r->status), json_str(problem, "code", ""), "%s", detail);
	hint = json_str(problem, "hint", "");
	return *hint ? fail_hint(err, "%s", hint) : err->number;
}

static int answer_read(const struct http_response *r, json_t **ret, struct error *err)
{
	if (r->status < 200 || r->status > 299)
		return problem_raise(r, err);
	if (!ret || r->body.len == 0)
		return 0;
	if (json_read(r->body.data, r->body.len, ret, err) < 0)
		return fail_in(err, "reading slipwayd's answer");
	return 0;
}

int client_call(const struct cli *cli, const char *method, const char *path, const json_t *body,
	json_t **ret, struct error *err)
{
	struct sockaddr_un address = { 0 };
	auto_response response = { 0 };
	struct http_client *http = NULL;
	auto_free char *text = NULL;
	auto_buf url = { .max = 8192 };
	struct http_request req = { .method = method, .timeout_ms = API_TIMEOUT };
	int r;

	if (ret)
		*ret = NULL;
	buf_printf(&url, API_URL "%s", path);
	if (client_socket(cli, &address, err) < 0 || (body && json_write(body, &text, err) < 0) ||
		buf_check(&url, "a path", err) < 0 || http_client_new(&http, err) < 0)
		return err->number;
	req.url = buf_str(&url);
	req.unix_socket = address.sun_path;
	req.body = text;
	req.body_size = text ? strlen(text) : 0;
	req.max_body = 64u << 20;
	r = http_do(http, &req, &response, err);
	http_client_free(http);
	return r < 0 ? r : answer_read(&response, ret, err);
}

int client_list(const struct cli *cli, const char *path, json_t **ret, struct error *err)
{
	auto_json json_t *answer = NULL;
	json_t *items;

	if (client_call(cli, "GET", path, NULL, &answer, err) < 0)
		return err->number;
	items = json_object_get(answer, "items");
	if (!json_is_array(items))
		return fail_code(err, EPROTO, NULL, "slipwayd's answer to %s is no list", path);
	*ret = json_incref(items);
	return 0;
}

struct follow {
	struct sse sse;
	client_event_fn on_event;
	void *arg;
	int result; /* what stopped it; 0: nothing yet */
};

static int follow_event(int64_t id, const char *name, const char *data, void *arg)
{
	struct follow *f = arg;
	auto_json json_t *value = NULL;
	struct error ignored = { 0 };

	if (json_read(data, strlen(data), &value, &ignored) < 0)
		return 0; /* an event of a newer daemon that is no JSON is not for us */
	return f->on_event(id, name, value, f->arg);
}

static int follow_data(const void *p, size_t n, void *arg)
{
	struct follow *f = arg;

	f->result = sse_feed(&f->sse, p, n);
	return f->result;
}

int client_follow(const struct cli *cli, int64_t after, int timeout_ms, client_event_fn on_event,
	void *arg, struct error *err)
{
	struct follow f = { .sse = { .id = after, .on_event = follow_event, .arg = &f },
		.on_event = on_event,
		.arg = arg };
	struct http_request req = { .timeout_ms = timeout_ms, .stall_timeout_ms = STALL_TIMEOUT };
	struct sockaddr_un address = { 0 };
	auto_response response = { 0 };
	struct http_client *http = NULL;
	char url[96];
	int r;

	(void)snprintf(url, sizeof(url), API_URL "/events?after=%" PRId64, after);
	if (client_socket(cli, &address, err) < 0 || http_client_new(&http, err) < 0)
		return err->number;
	req.url = url;
	req.unix_socket = address.sun_path;
	req.on_data = follow_data;
	req.on_data_arg = &f;
	r = http_do(http, &req, &response, err);
	http_client_free(http);
	sse_done(&f.sse);
	if (f.result)
		return f.result < 0 ? fail(err, -f.result, "reading slipwayd's events") : f.result;
	if (r == 0 && response.status != 200)
		return problem_raise(&response, err);
	return 0; /* over, or the daemon went away: whoever follows may ask again */
}
