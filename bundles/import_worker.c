// SPDX-License-Identifier: Apache-2.0
/* An import in a child process, and what the two say to each other. */
#include "bundles/import_worker.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/process.h"
#include "base/sandbox.h"

#define MEMORY_MAX (224ull << 20) /* zstd's greatest window, the buffers, and a large statement */

enum message_kind {
	MESSAGE_STATEMENT = 1, /* its text */
	MESSAGE_PROGRESS,      /* struct import_progress, whose pointers mean nothing */
	MESSAGE_RESULT,        /* struct import_result, likewise */
	MESSAGE_ERROR,         /* struct error */
};

struct message {
	enum message_kind kind;
	uint32_t size; /* of what follows */
};

static int message_send(int fd, enum message_kind kind, const void *p, size_t n)
{
	struct message head = { kind, (uint32_t)n };
	struct error ignored = { 0 };

	if (write_all(fd, &head, sizeof(head), &ignored) < 0)
		return -EPIPE; /* the parent is gone */
	return write_all(fd, p, n, &ignored);
}

struct child {
	int fd;
	bool told; /* the statement was sent */
};

static int statement_send(struct child *c, const struct statement *st)
{
	auto_free char *text = NULL;
	struct error ignored = { 0 };

	if (c->told)
		return 0;
	c->told = true;
	if (statement_format(st, &text, &ignored) < 0)
		return -ENOMEM;
	return message_send(c->fd, MESSAGE_STATEMENT, text, strlen(text));
}

static int child_progress(const struct import_progress *p, void *arg)
{
	struct child *c = arg;
	int r = statement_send(c, p->statement);

	return r < 0 ? r : message_send(c->fd, MESSAGE_PROGRESS, p, sizeof(*p));
}

__attribute__((noreturn)) static void child_run(
	int in, int out, pid_t parent, const struct import_options *options)
{
	struct child c = { .fd = out };
	struct import_options own = *options;
	auto_import_result result = { 0 };
	struct error err = { 0 };
	int r;

	own.progress = child_progress;
	own.progress_arg = &c;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	r = sandbox_enter(MEMORY_MAX, &err);
	if (r == 0)
		r = import_run(in, &own, &result, &err);
	if (r == 0)
		r = statement_send(&c, &result.statement);
	if (r == 0)
		(void)message_send(out, MESSAGE_RESULT, &result, sizeof(result));
	else
		(void)message_send(out, MESSAGE_ERROR, &err, sizeof(err));
	_exit(0); /* the parent knows what came of it by the message, or by its absence */
}

static int pipe_open(int *ret_read, int *ret_write, struct error *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(err, errno, "making a pipe");
	*ret_read = ends[0];
	*ret_write = ends[1];
	return 0;
}

struct worker {
	const struct import_options *options;
	pid_t pid;
	int fd; /* what the child says */
	const struct import_feed *feed;
	int feed_fd; /* the end of its pipe that is written to; -1: none */
	pthread_t feeder;
	bool feeding;
	struct error feed_error;
	struct import_result result;
	bool ended; /* its last message came */
};

static int payload_take(
	struct worker *w, enum message_kind kind, const void *p, size_t n, struct error *err)
{
	struct import_progress progress;
	struct statement st;

	switch (kind) {
	case MESSAGE_STATEMENT:
		statement_done(&w->result.statement);
		return statement_parse(p, n, &w->result.statement, err);
	case MESSAGE_PROGRESS:
		if (n != sizeof(progress))
			break;
		memcpy(&progress, p, n);
		progress.statement = &w->result.statement;
		progress.blob = NULL;
		if (w->options->progress &&
			w->options->progress(&progress, w->options->progress_arg) != 0)
			return fail_code(err, ECANCELED, NULL, "it was stopped");
		return 0;
	case MESSAGE_RESULT:
		if (n != sizeof(w->result))
			break;
		st = w->result.statement;
		memcpy(&w->result, p, n);
		w->result.statement = st;
		w->ended = true;
		return 0;
	case MESSAGE_ERROR:
		if (n != sizeof(*err))
			break;
		memcpy(err, p, n);
		w->ended = true;
		return err->number < 0 ? err->number : -EIO;
	}
	return fail_code(
		err, EPROTO, "SW-2032", "the process that reads the bundle talks nonsense");
}

/* 0: a message was taken; 1: the child has ended. */
static int message_take(struct worker *w, struct error *err)
{
	struct message head;
	auto_free void *payload = NULL;
	size_t n;
	int r = read_full(w->fd, &head, sizeof(head), &n, err);

	if (r < 0 || n < sizeof(head))
		return r < 0 ? r : 1;
	if (head.size > STATEMENT_MAX)
		return payload_take(w, 0, NULL, 0, err);
	payload = malloc(head.size + 1);
	if (!payload)
		return fail_memory(err);
	r = read_full(w->fd, payload, head.size, &n, err);
	if (r < 0 || n < head.size)
		return r < 0 ? r : 1;
	return payload_take(w, head.kind, payload, n, err);
}

static int worker_start(struct worker *w, struct error *err)
{
	auto_close int in = -1;
	auto_close int out = -1;
	pid_t parent = getpid();
	int r = pipe_open(&w->fd, &out, err);

	if (r == 0 && w->feed->run)
		r = pipe_open(&in, &w->feed_fd, err);
	if (r < 0)
		return r;
	w->pid = fork();
	if (w->pid < 0)
		return fail(err, errno, "starting a process that reads the bundle");
	if (w->pid == 0) {
		if (w->feed_fd >= 0)
			(void)close(w->feed_fd); /* or its end would never be seen */
		child_run(w->feed->run ? in : w->feed->fd, out, parent, w->options);
	}
	return 0;
}

static void *feed_run(void *arg)
{
	struct worker *w = arg;
	sigset_t pipe_lost;

	(void)sigemptyset(&pipe_lost);
	(void)sigaddset(&pipe_lost, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, &pipe_lost, NULL);           /* writing tells, too */
	(void)w->feed->run(w->feed_fd, w->feed->arg, &w->feed_error); /* the error tells */
	(void)close(take_fd(&w->feed_fd)); /* only this thread has it now */
	return NULL;
}

static int feed_start(struct worker *w, struct error *err)
{
	int r = pthread_create(&w->feeder, NULL, feed_run, w);

	w->feeding = r == 0;
	return r ? fail(err, r, "starting a thread") : 0;
}

/* The child's way of ending, where it ended without a word. */
static int status_judge(int status, struct error *err)
{
	char text[48];

	(void)fail_code(err, ECHILD, "SW-2032", "the process that reads the bundle was lost (%s)",
		process_status_format(status, text));
	return fail_hint(err,
		"Import again: it goes on where it was. Killed by signal 9, memory was short.");
}

static int worker_end(struct worker *w, int r, struct error *err)
{
	int status = 0;

	if (r < 0 && !w->ended)
		(void)kill(w->pid, SIGKILL);
	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (w->feeding)
		(void)pthread_join(w->feeder, NULL); /* the pipe's reader is gone: it ends */
	if (r >= 0 && !w->ended)
		r = status_judge(status, err);
	if (r < 0 && w->feed_error.number < 0 && w->feed_error.number != -EPIPE) {
		*err = w->feed_error;
		r = err->number;
	}
	return r;
}

int import_worker_run(const struct import_feed *feed, const struct import_options *options,
	struct import_result *ret, struct error *err)
{
	struct worker w = { .options = options, .feed = feed, .fd = -1, .feed_fd = -1 };
	int r = worker_start(&w, err);

	if (r == 0) {
		r = feed->run ? feed_start(&w, err) : 0;
		while (r == 0 && !w.ended)
			r = message_take(&w, err);
		r = worker_end(&w, r, err);
	}
	cleanup_close(&w.fd);
	cleanup_close(&w.feed_fd);
	if (r < 0)
		import_result_done(&w.result);
	else
		*ret = w.result;
	return r;
}
