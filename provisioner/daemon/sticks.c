// SPDX-License-Identifier: Apache-2.0
/* A queue of looks and imports, one child at a time. */
#include "provisioner/daemon/sticks.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/process.h"
#include "base/uevent.h"
#include "bundles/stick.h"

#define QUEUE_MAX  64
#define WHAT_MAX   (STICK_NAME_MAX + 256)
#define POLICY_MAX 16
#define GRACE_MS   2000

struct job {
	bool import;
	char what[WHAT_MAX]; /* "sdb1", "sdb1/x.bundle"; "": all sticks there are */
};

struct sticks {
	struct sticks_options o;
	sd_event *loop;
	int events_fd;
	sd_event_source *io;
	sd_event_source *end; /* of the child */
	struct process child;
	int out_fd;                  /* a file in memory that takes the child's stdout */
	struct job queue[QUEUE_MAX]; /* the first is the child's while it runs */
	size_t queued;
	char command[PATH_MAX];
	uint8_t room[UEVENT_MAX];
};

static void policy_read(const struct sticks *s, char out[static POLICY_MAX])
{
	auto_buf text = { .max = POLICY_MAX };
	struct error ignored = { 0 };
	char path[PATH_MAX];

	(void)snprintf(out, POLICY_MAX, "offer");
	if (snprintf(path, sizeof(path), "%s/stick-policy", s->o.state_dir) < (int)sizeof(path) &&
		file_read(path, POLICY_MAX - 1, &text, &ignored) == 0)
		(void)snprintf(out, POLICY_MAX, "%.*s", (int)strcspn(buf_str(&text), "\n"),
			buf_str(&text));
}

static void next_start(struct sticks *s);

/* The same job is not queued twice; where the queue is full, the stick is to be looked at by hand.
 */
static void job_put(struct sticks *s, bool import, const char *what)
{
	for (size_t i = s->child.pid ? 1 : 0; i < s->queued; i++)
		if (s->queue[i].import == import && strcmp(s->queue[i].what, what) == 0)
			return;
	if (s->queued == QUEUE_MAX) {
		log_warn("stick %s is not looked at: too many at once", what);
		return;
	}
	s->queue[s->queued].import = import;
	(void)snprintf(s->queue[s->queued++].what, WHAT_MAX, "%s", what);
	next_start(s);
}

static void item_tell(struct sticks *s, json_t *item, bool import)
{
	const char *state = json_str(item, "state", "");
	const char *device = json_str(item, "device", "");
	const char *file = json_str(item, "file", "");
	bool wanted = strcmp(state, "new") == 0 || strcmp(state, "newer") == 0;
	char what[WHAT_MAX];

	if (!json_object_get(item, "name")) {
		log_warn("stick %s: '%s' is %s: %s", device, file, state,
			json_str(item, "problem", ""));
		return;
	}
	log_info("stick %s: '%s' is %s version %lld, signed by %s: %s", device, file,
		json_str(item, "name", ""), (long long)json_int(item, "version", 0),
		json_str(item, "key", ""), state);
	if (snprintf(what, sizeof(what), "%s/%s", device, file) >= (int)sizeof(what) || !wanted)
		return;
	if (import)
		job_put(s, true, what);
	else
		log_info("to import it: slipway stick import %s", what);
}

static void list_tell(struct sticks *s)
{
	auto_buf text = { .max = JSON_MAX_BYTES };
	auto_json json_t *list = NULL;
	struct error err = { 0 };
	char path[32];
	char policy[POLICY_MAX];
	json_t *item;
	size_t i;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", s->out_fd);
	policy_read(s, policy);
	if (file_read(path, JSON_MAX_BYTES, &text, &err) < 0 ||
		json_read(buf_str(&text), text.len, &list, &err) < 0) {
		log_err(&err, "the list of a stick's bundles");
		return;
	}
	json_array_foreach (json_object_get(list, "items"), i, item) {
		item_tell(s, item, strcmp(policy, "import") == 0);
		events_publish(s->o.events, "stick", json_incref(item));
	}
}

static void import_tell(struct sticks *s, const struct job *job, bool done)
{
	const char *slash = strchr(job->what, '/');

	if (done)
		log_info("stick: %s is imported", job->what);
	else
		log_warn("stick: %s is not imported, see above", job->what);
	events_publish(s->o.events, "stick",
		json_pack("{s:s%, s:s, s:s}", "device", job->what, slash - job->what, "file",
			slash + 1, "state", done ? "imported" : "refused"));
}

static int on_end(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct sticks *s = arg;
	struct job job = s->queue[0];
	struct error err = { 0 };
	int status = -1;

	(void)source;
	(void)fd;
	(void)revents;
	s->end = sd_event_source_disable_unref(s->end);
	if (process_wait(&s->child, -1, &status, &err) < 0)
		log_err(&err, "the look at a stick");
	s->child = (struct process)PROCESS_INIT;
	s->queued--;
	memmove(&s->queue[0], &s->queue[1], s->queued * sizeof(s->queue[0]));
	if (job.import)
		import_tell(s, &job, status == 0);
	else if (status == 0)
		list_tell(s);
	close(s->out_fd);
	s->out_fd = -1;
	next_start(s);
	return 0;
}

static int child_start(struct sticks *s, const struct job *job, struct error *err)
{
	const char *const list[] = { s->command, "stick", "list", "-o", "json", "--state-dir",
		s->o.state_dir, job->what[0] ? job->what : NULL, NULL };
	const char *const import[] = { s->command, "stick", "import", "--state-dir", s->o.state_dir,
		"--", job->what, NULL };
	struct process_options options = PROCESS_OPTIONS_INIT;
	int r;

	s->out_fd = memfd_create("stick", MFD_CLOEXEC);
	if (s->out_fd < 0)
		return fail(err, errno, "making a file in memory");
	options.out_fd = s->out_fd;
	r = process_start(&s->child, job->import ? import : list, &options, err);
	if (r < 0)
		return r;
	r = sd_event_add_io(s->loop, &s->end, s->child.pidfd, EPOLLIN, on_end, s);
	if (r < 0) {
		process_stop(&s->child, 0);
		s->child = (struct process)PROCESS_INIT;
		return fail(err, -r, "watching '%s'", s->command);
	}
	return 0;
}

static void next_start(struct sticks *s)
{
	while (s->queued > 0 && !s->child.pid) {
		struct error err = { 0 };

		if (child_start(s, &s->queue[0], &err) == 0)
			return;
		log_err(&err, "looking at a stick");
		if (s->out_fd >= 0)
			close(s->out_fd);
		s->out_fd = -1;
		s->queued--;
		memmove(&s->queue[0], &s->queue[1], s->queued * sizeof(s->queue[0]));
	}
}

static bool is_stick(const struct sticks *s, const char *device)
{
	return stick_name_valid(device) &&
	       (stick_is_one(device) || (s->o.pattern && fnmatch(s->o.pattern, device, 0) == 0));
}

static int on_event(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct sticks *s = arg;
	struct uevent e;
	char policy[POLICY_MAX];
	int r;

	(void)source;
	(void)revents;
	policy_read(s, policy);
	while ((r = uevent_receive(fd, s->room, &e)) > 0) {
		if (strcmp(policy, "ignore") == 0)
			continue;
		if (r == 2)
			job_put(s, false, ""); /* some were lost: look at all */
		else if (strcmp(e.subsystem, "block") == 0 && strcmp(e.action, "remove") != 0 &&
			 is_stick(s, e.devname))
			job_put(s, false, e.devname);
	}
	return 0;
}

/* The command lies beside the daemon where both are run from one folder, else on PATH. */
static void command_find(struct sticks *s)
{
	ssize_t n = readlink("/proc/self/exe", s->command, sizeof(s->command) - 16);
	char *slash = NULL;

	if (n > 0) {
		s->command[n] = '\0';
		slash = strrchr(s->command, '/');
	}
	if (slash)
		(void)snprintf(slash, 16, "/slipway");
	if (!slash || access(s->command, X_OK) < 0)
		(void)snprintf(s->command, sizeof(s->command), "slipway");
}

int sticks_new(sd_event *loop, const struct sticks_options *options, struct sticks **ret,
	struct error *err)
{
	struct sticks *s = calloc(1, sizeof(*s));
	char policy[POLICY_MAX];
	int r;

	if (!s)
		return fail_memory(err);
	s->o = *options;
	s->loop = loop;
	s->events_fd = s->out_fd = -1;
	s->child = (struct process)PROCESS_INIT;
	command_find(s);
	r = uevent_open(&s->events_fd, err);
	if (r == 0) {
		r = sd_event_add_io(loop, &s->io, s->events_fd, EPOLLIN, on_event, s);
		r = r < 0 ? fail(err, -r, "watching for device events") : 0;
	}
	if (r < 0) {
		sticks_free(s);
		return r;
	}
	policy_read(s, policy);
	if (strcmp(policy, "ignore") != 0)
		job_put(s, false, "");
	*ret = s;
	return 0;
}

void sticks_free(struct sticks *s)
{
	if (!s)
		return;
	sd_event_source_disable_unref(s->io);
	sd_event_source_disable_unref(s->end);
	process_stop(&s->child, GRACE_MS);
	if (s->events_fd >= 0)
		close(s->events_fd);
	if (s->out_fd >= 0)
		close(s->out_fd);
	free(s);
}
