// SPDX-License-Identifier: Apache-2.0
/*
 * The kubernetes driver alone, driven from the command line by the tests beside it:
 *
 *	driver KUBECONFIG check | watch | prepare NODE | remove NODE
 *	driver KUBECONFIG admit NODE CSR-FILE | label NODE KEY=VALUE...
 *
 * Prints one JSON value a line: the result, {"error": ...}, or for watch each node until stdin
 *ends.
 */
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "provisioner/daemon/driver.h"

#define REGISTRY "http://192.0.2.1:80"

struct run {
	sd_event *loop;
	const struct cluster_driver *driver;
	void *handle;
};

static void line_print(json_t *value)
{
	json_dumpf(value, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
	printf("\n");
	(void)fflush(stdout);
	json_decref(value);
}

static int error_print(const struct error *err)
{
	line_print(json_pack("{s:{s:s,s:s,s:s}}", "error", "code", err->code, "text", err->text,
		"hint", err->hint));
	return 1;
}

static void on_done(const json_t *result, const struct error *err, void *arg)
{
	struct run *run = arg;

	if (err)
		(void)error_print(err);
	else
		line_print(json_pack("{s:O?}", "result", result));
	(void)sd_event_exit(run->loop, err != NULL);
}

static void on_node(const struct driver_node *node, void *arg)
{
	(void)arg;
	line_print(json_pack("{s:s,s:b,s:b,s:s,s:s}", "node", node->name, "present", node->present,
		"ready", node->ready, "reason", node->reason, "boot_id", node->boot_id));
}

static void on_reachable(const struct error *err, void *arg)
{
	(void)arg;
	line_print(json_pack("{s:b,s:s}", "reachable", err == NULL, "code", err ? err->code : ""));
}

static int on_stdin(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	char byte;

	(void)source;
	(void)events;
	if (read(fd, &byte, 1) <= 0)
		(void)sd_event_exit(arg, 0);
	return 0;
}

static int watch(struct run *run, struct error *err)
{
	if (sd_event_add_io(
		    run->loop, NULL, STDIN_FILENO, EPOLLIN | EPOLLHUP, on_stdin, run->loop) < 0)
		return fail_memory(err);
	return run->driver->watch(run->handle, err);
}

static json_t *labels_parse(char **words)
{
	json_t *labels = json_object();

	for (; *words; words++) {
		char *value = strchr(*words, '=');

		if (value)
			*value++ = '\0';
		(void)json_object_set_new(labels, *words, json_string(value ? value : ""));
	}
	return labels;
}

static int start(struct run *run, char **argv, struct error *err)
{
	const struct cluster_driver *d = run->driver;
	struct driver_machine m = { .hostname = argv[1], .registry = REGISTRY };
	auto_json json_t *labels = NULL;
	auto_buf csr = { .max = 65536 };

	if (strcmp(argv[0], "check") == 0)
		return d->check(run->handle, on_done, run, err);
	if (strcmp(argv[0], "watch") == 0)
		return watch(run, err);
	if (strcmp(argv[0], "prepare") == 0)
		return d->prepare(run->handle, &m, on_done, run, err);
	if (strcmp(argv[0], "remove") == 0)
		return d->remove(run->handle, m.hostname, on_done, run, err);
	if (strcmp(argv[0], "label") == 0) {
		m.labels = labels = labels_parse(argv + 2);
		return d->label(run->handle, &m, on_done, run, err);
	}
	if (file_read(argv[2], csr.max, &csr, err) < 0)
		return err->number;
	return d->admit(run->handle, &m, buf_str(&csr), on_done, run, err);
}

int main(int argc, char **argv)
{
	struct run run = { .driver = cluster_driver_find("kubernetes") };
	struct driver_events events = { .node = on_node, .reachable = on_reachable };
	struct cluster cluster = { .name = "prod", .driver = "kubernetes" };
	struct http_async *http = NULL;
	auto_buf kubeconfig = { .max = CLUSTER_CREDENTIAL_MAX };
	struct error err = { 0 };
	int r;

	if (argc < 3)
		return 2;
	if (file_read(argv[1], kubeconfig.max, &kubeconfig, &err) < 0)
		return error_print(&err);
	cluster.credential = kubeconfig.data;
	if (sd_event_default(&run.loop) < 0 || http_async_new(run.loop, &http, &err) < 0)
		return 1;
	r = run.driver->open(&cluster, run.loop, http, &events, &run.handle, &err);
	if (r == 0)
		r = start(&run, argv + 2, &err);
	r = r < 0 ? error_print(&err) : sd_event_loop(run.loop);
	run.driver->close(run.handle);
	http_async_free(http);
	sd_event_unref(run.loop);
	return r;
}
