// SPDX-License-Identifier: Apache-2.0
/* A child that has shut itself in, the thread that feeds it, and the pipe that it talks through. */
#include "bundles/worker.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/process.h"
#include "base/sandbox.h"

#define MEMORY_MAX (224ull << 20) /* zstd's greatest window, the buffers, and a large statement */

enum {
	MESSAGE_DONE,  /* the work is done */
	MESSAGE_ERROR, /* struct error */
};

struct message {
	uint32_t kind;
	uint32_t size; /* of what follows */
};

int worker_say(int out, unsigned int kind, const void *p, size_t n)
{
	struct message head = { kind, (uint32_t)n };
	struct error ignored = { 0 };

	if (n > WORKER_MESSAGE_MAX)
		return -E2BIG;
	if (write_all(out, &head, sizeof(head), &ignored) < 0)
		return -EPIPE; /* the parent is gone */
	return write_all(out, p, n, &ignored);
}

int worker_nonsense(struct error *err)
{
	return fail_code(
		err, EPROTO, "SW-2032", "the process that reads the bundle talks nonsense");
}

__attribute__((noreturn)) static void child_run(
	const struct worker *work, int in, int out, pid_t parent)
{
	struct error err = { 0 };
	int r;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	r = sandbox_enter(MEMORY_MAX, &err);
	if (r == 0)
		r = work->work(in, out, work->arg, &err);
	if (r == 0)
		(void)worker_say(out, MESSAGE_DONE, "", 0);
	else
		(void)worker_say(out, MESSAGE_ERROR, &err, sizeof(err));
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

struct running {
	const struct worker *work;
	const struct worker_feed *feed;
	pid_t pid;
	int fd;      /* what the child says */
	int feed_fd; /* the end of its pipe that is written to; -1: none */
	pthread_t feeder;
	bool feeding;
	struct error feed_error;
	bool ended; /* its last message came */
};

static int error_take(const void *p, size_t n, struct error *err)
{
	if (n != sizeof(*err))
		return worker_nonsense(err);
	memcpy(err, p, n);
	err->code[sizeof(err->code) - 1] = '\0';
	err->text[sizeof(err->text) - 1] = '\0';
	err->hint[sizeof(err->hint) - 1] = '\0';
	return err->number < 0 ? err->number : -EIO;
}

static int payload_take(
	struct running *w, unsigned int kind, const void *p, size_t n, struct error *err)
{
	if (kind >= WORKER_KIND_FIRST)
		return w->work->take(kind, p, n, w->work->arg, err);
	w->ended = true;
	return kind == MESSAGE_ERROR ? error_take(p, n, err) : 0;
}

/* 0: a message was taken; 1: the child has ended. */
static int message_take(struct running *w, struct error *err)
{
	struct message head;
	auto_free void *payload = NULL;
	size_t n;
	int r = read_full(w->fd, &head, sizeof(head), &n, err);

	if (r < 0 || n < sizeof(head))
		return r < 0 ? r : 1;
	if (head.size > WORKER_MESSAGE_MAX)
		return worker_nonsense(err);
	payload = malloc(head.size + 1);
	if (!payload)
		return fail_memory(err);
	r = read_full(w->fd, payload, head.size, &n, err);
	if (r < 0 || n < head.size)
		return r < 0 ? r : 1;
	return payload_take(w, head.kind, payload, n, err);
}

static int child_start(struct running *w, struct error *err)
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
		child_run(w->work, w->feed->run ? in : w->feed->fd, out, parent);
	}
	return 0;
}

static void *feed_run(void *arg)
{
	struct running *w = arg;
	sigset_t pipe_lost;

	(void)sigemptyset(&pipe_lost);
	(void)sigaddset(&pipe_lost, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, &pipe_lost, NULL);           /* writing tells, too */
	(void)w->feed->run(w->feed_fd, w->feed->arg, &w->feed_error); /* the error tells */
	(void)close(take_fd(&w->feed_fd)); /* only this thread has it now */
	return NULL;
}

static int feed_start(struct running *w, struct error *err)
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

static int child_end(struct running *w, int r, struct error *err)
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

int worker_run(const struct worker *work, const struct worker_feed *feed, struct error *err)
{
	struct running w = { .work = work, .feed = feed, .fd = -1, .feed_fd = -1 };
	int r = child_start(&w, err);

	if (r == 0) {
		r = feed->run ? feed_start(&w, err) : 0;
		while (r == 0 && !w.ended)
			r = message_take(&w, err);
		r = child_end(&w, r, err);
	}
	cleanup_close(&w.fd);
	cleanup_close(&w.feed_fd);
	return r;
}
