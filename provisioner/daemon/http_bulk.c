// SPDX-License-Identifier: Apache-2.0
/*
 * The bulk server: one request in, the right bytes out, an access recorded. A thread a connection,
 * because libmicrohttpd then hands the kernel 2 MiB at a time; between many on one thread it would
 * be 128 KiB. What a request asks the registry is answered under a lock, bytes are sent without.
 */
#include "provisioner/daemon/http_bulk.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "bundles/registry.h"
#include "provisioner/daemon/bulk_reply.h"
#include "provisioner/daemon/http_log.h"
#include "pxe/ipxe.h"

#define TIMEOUT_S     60
#define PATH_TEXT_MAX 4096
#define STACK_SIZE    (1 << 20) /* what JSON's depth may need; no page is there before it is */
#define HEADERS_MAX   4096      /* request and answer together; what is longer is refused (431) */

struct http_bulk {
	struct MHD_Daemon *daemon;
	pthread_mutex_t lock; /* of the two below */
	struct store *store;
	struct registry *registry;
	struct boot_table *boot;
	struct access_queue *accesses;
	char kernel[PATH_TEXT_MAX];
	char initrd[PATH_TEXT_MAX];
	char loader[PATH_TEXT_MAX];
	char local[PATH_TEXT_MAX];
	char server_arg[64];
	char http_arg[64];
	char pin_arg[96];
};

/* A request under way, for the record that is made of it at its end. */
struct transfer {
	bool recorded;
	bool head; /* not GET */
	bool answered;
	int64_t start_ms;
	struct access access;
};

static void read_peer(struct MHD_Connection *c, char out[static ACCESS_ADDRESS_MAX])
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr_in *in = info ? (const void *)info->client_addr : NULL;

	out[0] = 0;
	if (in && in->sin_family == AF_INET)
		(void)inet_ntop(AF_INET, &in->sin_addr, out, ACCESS_ADDRESS_MAX);
}

static enum MHD_Result start_script(
	struct http_bulk *b, struct MHD_Connection *c, struct transfer *t)
{
	(void)b;
	t->recorded = true;
	t->access.kind = ACCESS_START_SCRIPT;
	return bulk_reply_text(c, 200, "text/plain", ipxe_start_script);
}

/* The agent's kernel arguments: all public. Six bytes of the machine go in, printed by us. */
static int format_agent(
	struct http_bulk *b, const struct mac *mac, struct buf *out, struct error *err)
{
	const uint8_t *m = mac->bytes;
	char mac_arg[40];
	/* A kernel that panics starts anew, and so boots us again: nobody stands beside it. What it
	 * says below a warning would take a serial line three seconds. */
	const char *args[] = { b->server_arg, b->http_arg, b->pin_arg, mac_arg, "panic=30",
		"loglevel=5", "console=tty0", "console=ttyS0,115200n8", NULL };

	snprintf(mac_arg, sizeof(mac_arg), "slipway.mac=%02x-%02x-%02x-%02x-%02x-%02x", m[0], m[1],
		m[2], m[3], m[4], m[5]);
	return ipxe_agent_format(args, out, err);
}

static enum MHD_Result next_script(
	struct http_bulk *b, struct MHD_Connection *c, struct transfer *t)
{
	const char *text = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "mac");
	auto_buf script = { 0 };
	struct error err = { 0 };
	struct mac mac;

	if (!text || mac_parse(text, &mac, &err) < 0 || mac_is_null(&mac))
		return bulk_reply_text(
			c, 400, "text/plain", "mac= is missing or no Ethernet address\n");
	t->recorded = true;
	t->access.kind = ACCESS_NEXT_SCRIPT;
	t->access.mac = mac;
	t->access.local = boot_table_is_local(b->boot, &mac);
	if (t->access.local)
		return bulk_reply_text(c, 200, "text/plain", ipxe_local_script);
	if (format_agent(b, &mac, &script, &err) < 0) {
		log_err(&err, "the boot script");
		return bulk_reply_text(c, 500, "text/plain", "the boot script can't be made\n");
	}
	return bulk_reply_text(c, 200, "text/plain", buf_str(&script));
}

static enum MHD_Result kernel(struct http_bulk *b, struct MHD_Connection *c, struct transfer *t)
{
	t->recorded = true;
	t->access.kind = ACCESS_KERNEL;
	return bulk_reply_file(c, t->head, b->kernel, &t->access.bytes);
}

static enum MHD_Result initrd(struct http_bulk *b, struct MHD_Connection *c, struct transfer *t)
{
	t->recorded = true;
	t->access.kind = ACCESS_INITRD;
	return bulk_reply_file(c, t->head, b->initrd, &t->access.bytes);
}

static enum MHD_Result loader(struct http_bulk *b, struct MHD_Connection *c, struct transfer *t)
{
	t->recorded = true;
	t->access.kind = ACCESS_LOADER;
	return bulk_reply_file(c, t->head, b->loader, &t->access.bytes);
}

/* Of no stage: that the machine boots from its disk was seen at its script. */
static enum MHD_Result local(struct http_bulk *b, struct MHD_Connection *c, struct transfer *t)
{
	return bulk_reply_file(c, t->head, b->local, &t->access.bytes);
}

static enum MHD_Result registry(struct http_bulk *b, struct MHD_Connection *c, const char *method,
	const char *path, struct transfer *t)
{
	const struct registry_request request = {
		.method = method,
		.path = path,
		.ns = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "ns"),
		.n = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "n"),
		.last = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "last"),
		.artifact_type =
			MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "artifactType"),
	};
	auto_registry_answer answer = { .fd = -1 };
	struct error err = { 0 };
	int r;

	pthread_mutex_lock(&b->lock);
	r = registry_answer(b->registry, &request, &answer, &err);
	pthread_mutex_unlock(&b->lock);
	if (r < 0) {
		log_err(&err, "the registry");
		return bulk_reply_text(c, 500, "text/plain", "out of memory\n");
	}
	t->recorded = answer.status == 200 && answer.digest[0] && !t->head;
	t->access.kind = ACCESS_REGISTRY;
	snprintf(t->access.name, sizeof(t->access.name), "%s", path + sizeof("/v2/") - 1);
	return bulk_reply_registry(c, &answer, &t->access.bytes);
}

static const struct {
	const char *path;
	enum MHD_Result (*answer)(
		struct http_bulk *b, struct MHD_Connection *c, struct transfer *t);
} boot_routes[] = {
	{ "/boot/start.ipxe", start_script },
	{ "/boot/next.ipxe", next_script },
	{ "/boot/vmlinuz", kernel },
	{ "/boot/initrd", initrd },
	{ "/boot/ipxe.efi", loader },
	{ "/boot/local.efi", local },
};

static enum MHD_Result answer(struct http_bulk *b, struct MHD_Connection *c, const char *method,
	const char *path, struct transfer *t)
{
	bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;

	if (strncmp(path, "/v2/", 4) == 0 || strcmp(path, "/v2") == 0)
		return registry(b, c, method, path[3] ? path : "/v2/", t);
	for (size_t i = 0; i < sizeof(boot_routes) / sizeof(boot_routes[0]); i++) {
		if (strcmp(path, boot_routes[i].path) != 0)
			continue;
		if (!reads)
			return bulk_reply_text(c, 405, "text/plain", "read-only\n");
		return boot_routes[i].answer(b, c, t);
	}
	return bulk_reply_text(c, 404, "text/plain", "there is nothing at this path\n");
}

static struct transfer *transfer_new(const char *method)
{
	struct transfer *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->start_ms = monotonic_ms();
	t->head = strcmp(method, "GET") != 0;
	return t;
}

/* libmicrohttpd closes a connection whose request is answered before it was read to its end. That
 * is right for a push, whose body nobody wants; what only reads is answered at its end. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *path,
	const char *method, const char *version, const char *data, size_t *data_size, void **ctx)
{
	struct transfer *t = *ctx;

	(void)version;
	(void)data;
	if (!t) {
		t = *ctx = transfer_new(method);
		if (!t)
			return MHD_NO;
		if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
			return MHD_YES;
	} else if (*data_size > 0 || t->answered) {
		*data_size = 0; /* a body means nothing here */
		return MHD_YES;
	}
	t->answered = true;
	return answer(arg, c, method, path, t);
}

static void on_completed(
	void *arg, struct MHD_Connection *c, void **ctx, enum MHD_RequestTerminationCode code)
{
	struct http_bulk *b = arg;
	struct transfer *t = *ctx;

	if (!t)
		return;
	if (t->recorded) {
		read_peer(c, t->access.address);
		t->access.duration_ms = monotonic_ms() - t->start_ms;
		if (code != MHD_REQUEST_TERMINATED_COMPLETED_OK)
			t->access.bytes = 0;
		access_queue_put(b->accesses, &t->access);
	}
	free(t);
	*ctx = NULL;
}

static void set_texts(struct http_bulk *b, const struct http_bulk_options *o)
{
	char pin[DIGEST_TEXT_MAX];

	snprintf(b->kernel, sizeof(b->kernel), "%s/agent/vmlinuz", o->data_dir);
	snprintf(b->initrd, sizeof(b->initrd), "%s/agent/initrd", o->data_dir);
	snprintf(b->local, sizeof(b->local), "%s/agent/local.efi", o->data_dir);
	snprintf(b->loader, sizeof(b->loader), "%s/ipxe.efi", o->tftp_dir);
	snprintf(b->server_arg, sizeof(b->server_arg), "slipway.server=%s:%u", o->address,
		o->machine_port);
	snprintf(b->http_arg, sizeof(b->http_arg), "slipway.http=%s:%u", o->address, o->http_port);
	snprintf(b->pin_arg, sizeof(b->pin_arg), "slipway.pin=%s", digest_format(&o->pin, pin));
}

static struct MHD_Daemon *start(struct http_bulk *b, int listen_fd)
{
	unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_THREAD_PER_CONNECTION |
			 MHD_USE_ERROR_LOG | MHD_USE_TURBO;

	return MHD_start_daemon(flags, 0, NULL, NULL, on_request, b, MHD_OPTION_EXTERNAL_LOGGER,
		http_log, NULL, MHD_OPTION_LISTEN_SOCKET, listen_fd, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, b, MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_SIZE,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MAX,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONFIG_HTTP_CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S, MHD_OPTION_END);
}

int http_bulk_new(const struct http_bulk_options *o, struct http_bulk **ret, struct error *err)
{
	auto_close int listen_fd = o->listen_fd;
	struct http_bulk *b = calloc(1, sizeof(*b));
	int r;

	if (!b)
		return fail_memory(err);
	b->boot = o->boot;
	b->accesses = o->accesses;
	pthread_mutex_init(&b->lock, NULL);
	set_texts(b, o);
	r = store_open(o->store, true, &b->store, err);
	if (r == 0)
		r = registry_new(b->store, &b->registry, err);
	if (r == 0) {
		b->daemon = start(b, listen_fd);
		r = b->daemon ? 0 : fail(err, EIO, "starting the HTTP server");
	}
	if (r < 0) {
		http_bulk_free(b);
		return r;
	}
	(void)take_fd(&listen_fd); /* libmicrohttpd closes it */
	*ret = b;
	return 0;
}

void http_bulk_free(struct http_bulk *b)
{
	if (!b)
		return;
	if (b->daemon)
		MHD_stop_daemon(b->daemon);
	registry_free(b->registry);
	store_close(b->store);
	pthread_mutex_destroy(&b->lock);
	free(b);
}
