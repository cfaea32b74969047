// SPDX-License-Identifier: Apache-2.0
/*
 * Following Node objects: list, then watch from the list's version, for ever.
 *
 * The server is asked to end each watch after a minute, so a connection that died without a word
 * is noticed by the stall limit, and a version that is too old (410) by a new list. After trouble
 * the pause doubles up to 20 s.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "provisioner/daemon/kubernetes.h"
#include "provisioner/daemon/kubernetes_node.h"

#define LIST_PAGE      100 /* nodes; about 20 KB each */
#define LINE_MAX_BYTES (2u << 20)
#define WATCH_S        60
#define STALL_MS       90000
#define PAUSE_FIRST_MS 500
#define PAUSE_MOST_MS  20000
#define WATCH_LEAST_MS 1000 /* one that ends sooner is trouble, not a server's time limit */

struct kubernetes_watch {
	struct kubernetes *k;
	struct http_call *call;
	sd_event_source *timer;
	char *version;     /* resourceVersion to go on from; NULL: list first */
	char *page;        /* `continue` of the list that is being read; NULL: its start */
	json_t *known;     /* object: names of the nodes there are */
	json_t *seen;      /* the same, collected by the running list; NULL: no list runs */
	struct buf line;   /* the unfinished event of a watch */
	bool expired;      /* the watch said that version is too old */
	uint64_t pause_ms; /* before the next try; 0: none */
	int64_t begun_ms;  /* monotonic, of the running request */
};

void kubernetes_watch_free(struct kubernetes_watch *w)
{
	if (!w)
		return;
	http_call_cancel(w->call);
	sd_event_source_disable_unref(w->timer);
	free(w->version);
	free(w->page);
	json_decref(w->known);
	json_decref(w->seen);
	buf_done(&w->line);
	free(w);
}

static const char *meta(const json_t *object, const char *key)
{
	return json_str(json_object_get(object, "metadata"), key, "");
}

static void node_tell(struct kubernetes_watch *w, const json_t *object, bool present)
{
	const json_t *info = json_object_get(json_object_get(object, "status"), "nodeInfo");
	const json_t *ready = kubernetes_condition(object, "Ready");
	struct driver_node node = {
		.name = meta(object, "name"),
		.present = present,
		.ready = present && node_ready(object),
		.reason = "",
		.boot_id = json_str(info, "bootID", ""),
		.version = json_str(info, "kubeletVersion", ""),
	};

	if (!node.ready)
		node.reason = json_str(ready, "message",
			present ? "its kubelet has not reported yet" : "its Node object is gone");
	if (present)
		(void)json_object_set_new(w->known, node.name, json_true());
	else
		(void)json_object_del(w->known, node.name);
	w->k->events.node(&node, w->k->events.arg);
}

/* Tells of the nodes that were known and are not in the list that was just read. */
static void gone_tell(struct kubernetes_watch *w)
{
	auto_json json_t *before = json_copy(w->known);
	const char *name;
	json_t *value;

	json_object_foreach (before, name, value) {
		auto_json json_t *gone = NULL;

		if (json_object_get(w->seen, name))
			continue;
		gone = json_pack("{s:{s:s}}", "metadata", "name", name);
		node_tell(w, gone, false);
	}
}

static void text_set(char **at, const char *text)
{
	free(*at);
	*at = *text ? strdup(text) : NULL;
}

static void watch_go_on(struct kubernetes_watch *w);

static int on_pause_end(sd_event_source *source, uint64_t usec, void *arg)
{
	struct kubernetes_watch *w = arg;

	(void)source;
	(void)usec;
	w->timer = sd_event_source_disable_unref(w->timer);
	watch_go_on(w);
	return 0;
}

/* Goes on from the loop, after the pause that the last trouble asks for. */
static void watch_schedule(struct kubernetes_watch *w, bool trouble)
{
	uint64_t longer = w->pause_ms ? w->pause_ms * 2 : PAUSE_FIRST_MS;

	w->pause_ms = !trouble ? 0 : longer < PAUSE_MOST_MS ? longer : PAUSE_MOST_MS;
	w->timer = sd_event_source_disable_unref(w->timer);
	/* without memory for a timer the next list or label finds the trouble */
	(void)sd_event_add_time_relative(
		w->k->loop, &w->timer, CLOCK_MONOTONIC, w->pause_ms * 1000, 0, on_pause_end, w);
}

static void list_restart(struct kubernetes_watch *w)
{
	text_set(&w->version, "");
	text_set(&w->page, "");
	json_decref(take_ptr(&w->seen));
}

static void list_take(struct kubernetes_watch *w, const json_t *list)
{
	size_t i;
	json_t *node;

	if (!w->seen)
		w->seen = json_object();
	json_array_foreach (json_object_get(list, "items"), i, node) {
		(void)json_object_set_new(w->seen, meta(node, "name"), json_true());
		node_tell(w, node, true);
	}
	text_set(&w->page, meta(list, "continue"));
	if (w->page)
		return;
	gone_tell(w);
	json_decref(take_ptr(&w->seen));
	text_set(&w->version, meta(list, "resourceVersion"));
}

/* What both kinds of request do with trouble; true where there was some. */
static bool answer_failed(struct kubernetes_watch *w, const struct http_response *r,
	const json_t *body, const struct error *cause)
{
	struct error err = { 0 };

	if (!cause && r->status >= 200 && r->status <= 299) {
		kubernetes_reachable(w->k, NULL);
		return false;
	}
	(void)kubernetes_fail(w->k, "GET", "/api/v1/nodes", r->status, body, cause, &err);
	if (err.number == -ESTALE)
		list_restart(w);
	else
		kubernetes_reachable(w->k, &err);
	watch_schedule(w, true);
	return true;
}

static void on_list(struct http_response *r, const struct error *cause, void *arg)
{
	struct kubernetes_watch *w = arg;
	auto_json json_t *body = NULL;
	struct error err = { 0 };

	w->call = NULL;
	if (!cause && json_read(r->body.data, r->body.len, &body, &err) < 0)
		body = NULL;
	if (answer_failed(w, r, body, cause))
		return;
	list_take(w, body);
	watch_schedule(w, false);
}

/* One event: {"type","object"}. */
static void event_take(struct kubernetes_watch *w, const char *line, size_t n)
{
	auto_json json_t *event = NULL;
	struct error ignored = { 0 };
	const json_t *object;
	const char *type;

	if (json_read(line, n, &event, &ignored) < 0)
		return; /* the next list makes good what a damaged line held */
	object = json_object_get(event, "object");
	type = json_str(event, "type", "");
	if (strcmp(type, "ERROR") == 0) {
		w->expired = true;
		return;
	}
	text_set(&w->version, meta(object, "resourceVersion"));
	if (strcmp(type, "DELETED") == 0)
		node_tell(w, object, false);
	else if (strcmp(type, "BOOKMARK") != 0)
		node_tell(w, object, true);
}

static int on_watch_data(const void *p, size_t n, void *arg)
{
	struct kubernetes_watch *w = arg;
	const char *s = p;

	kubernetes_reachable(w->k, NULL);
	w->pause_ms = 0;
	while (n > 0) {
		const char *end = memchr(s, '\n', n);
		size_t part = end ? (size_t)(end - s) : n;

		buf_add(&w->line, s, part);
		if (w->line.failed)
			return -EFBIG;
		if (!end)
			return 0;
		event_take(w, buf_str(&w->line), w->line.len);
		buf_reset(&w->line);
		s += part + 1;
		n -= part + 1;
	}
	return 0;
}

static void on_watch_end(struct http_response *r, const struct error *cause, void *arg)
{
	struct kubernetes_watch *w = arg;

	w->call = NULL;
	if (w->expired)
		list_restart(w);
	w->expired = false;
	if (!answer_failed(w, r, NULL, cause))
		watch_schedule(w, monotonic_ms() - w->begun_ms < WATCH_LEAST_MS);
}

static void watch_go_on(struct kubernetes_watch *w)
{
	auto_buf url = { .max = 8192 };
	struct error err = { 0 };
	struct http_request req = { .timeout_ms = -1, .stall_timeout_ms = STALL_MS };
	bool list = !w->version;

	w->begun_ms = monotonic_ms();
	buf_reset(&w->line);
	w->line.max = LINE_MAX_BYTES;
	if (list)
		buf_printf(&url, "%s/api/v1/nodes?limit=%d%s%s", w->k->config.server, LIST_PAGE,
			w->page ? "&continue=" : "", w->page ? w->page : "");
	else
		buf_printf(&url,
			"%s/api/v1/nodes?watch=true&allowWatchBookmarks=true&timeoutSeconds=%d"
			"&resourceVersion=%s",
			w->k->config.server, WATCH_S, w->version);
	req.url = buf_str(&url);
	if (!list) {
		req.on_data = on_watch_data;
		req.on_data_arg = w;
	}
	kubernetes_trust(w->k, &req);
	if (buf_check(&url, "a path", &err) < 0 ||
		http_async_start(
			w->k->http, &req, list ? on_list : on_watch_end, w, &w->call, &err) < 0)
		watch_schedule(w, true);
}

int kubernetes_watch_start(void *handle, struct error *err)
{
	struct kubernetes *k = handle;
	struct kubernetes_watch *w;

	if (k->watch)
		return 0;
	w = calloc(1, sizeof(*w));
	if (!w)
		return fail_memory(err);
	w->k = k;
	w->known = json_object();
	k->watch = w;
	watch_schedule(w, false);
	return 0;
}
