// SPDX-License-Identifier: Apache-2.0
/* Unpacks OCI layers into a root: the parent's side, between the network and the child. */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "images/layer.h"
#include "images/rootfs.h"
#include "images/sandbox.h"

#define PIPE_SIZE (1 << 20)

/* One layer on its way. */
struct stream {
	const struct rootfs_layer *layer;
	size_t index;
	uint64_t done_bytes;    /* of this layer */
	uint64_t earlier_bytes; /* of the layers before */
	struct digest_state hash;
	pid_t child;            /* 0: none */
	int data_fd;            /* to the child; -1: it stopped reading */
	int result_fd;          /* from the child: its struct error */
	struct error child_err; /* valid once the child is reaped */
	rootfs_progress progress;
	void *progress_arg;
	struct error own_err; /* why the sink stopped, where it did */
};

static _Noreturn void child_run(const char *root, bool has_lower, int data_fd, int result_fd)
{
	struct error err = { 0 };
	const int keep[2] = { data_fd, result_fd };
	int r = sandbox_enter(root, keep, &err);

	if (r == 0)
		r = layer_unpack(data_fd, has_lower, &err);
	if (r == 0)
		err = (struct error){ 0 };
	/* A write this small to a new pipe is whole; a parent that is gone needs none. */
	(void)!write(result_fd, &err, sizeof(err));
	_exit(0);
}

static int child_start(struct stream *s, const char *root, struct error *err)
{
	int data[2], result[2];

	if (pipe2(data, O_CLOEXEC) < 0)
		return fail(err, errno, "making a pipe");
	if (pipe2(result, O_CLOEXEC) < 0) {
		fail(err, errno, "making a pipe");
		goto close_data;
	}
	(void)fcntl(data[1], F_SETPIPE_SZ, PIPE_SIZE); /* only for speed */
	s->child = fork();
	if (s->child == 0)
		child_run(root, s->index > 0, data[0], result[1]);
	if (s->child < 0) {
		s->child = 0;
		fail(err, errno, "starting the unpacker");
		goto close_result;
	}
	(void)close(data[0]);
	(void)close(result[1]);
	s->data_fd = data[1];
	s->result_fd = result[0];
	return 0;

close_result:
	(void)close(result[0]);
	(void)close(result[1]);
close_data:
	(void)close(data[0]);
	(void)close(data[1]);
	return err->number;
}

/* Waits for the child and takes its error over. Once. */
static void child_end(struct stream *s)
{
	size_t n = 0;
	struct error ignored;
	int status;

	if (s->child == 0)
		return;
	if (s->data_fd >= 0)
		(void)close(take_fd(&s->data_fd)); /* the child sees the end */
	if (read_full(s->result_fd, &s->child_err, sizeof(s->child_err), &n, &ignored) < 0 ||
		n != sizeof(s->child_err))
		n = 0;
	(void)close(take_fd(&s->result_fd));
	while (waitpid(s->child, &status, 0) < 0 && errno == EINTR)
		continue;
	s->child = 0;
	if (n == 0)
		fail_code(&s->child_err, EIO, "SW-3011", "the unpacker died (%s %d)",
			WIFSIGNALED(status) ? "signal" : "status",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	s->child_err.code[sizeof(s->child_err.code) - 1] = '\0';
	s->child_err.text[sizeof(s->child_err.text) - 1] = '\0';
	s->child_err.hint[sizeof(s->child_err.hint) - 1] = '\0';
}

/* Passes bytes on to the child. One that stopped early is reaped, and the rest is only hashed, so
 * that a damaged blob is told from a damaging one; a full disk ends the matter at once. */
static int child_feed(struct stream *s, const void *p, size_t n)
{
	int r;

	if (s->data_fd < 0)
		return 0;
	r = write_all(s->data_fd, p, n, &s->own_err);
	if (r == 0)
		return 0;
	if (r != -EPIPE)
		return r;
	s->own_err = (struct error){ 0 };
	child_end(s);
	return s->child_err.number == -ENOSPC ? -ENOSPC : 0;
}

static int stream_sink(const void *p, size_t n, void *arg)
{
	struct stream *s = arg;
	int r;

	if (n > s->layer->size_bytes - s->done_bytes)
		return fail_code(&s->own_err, EBADMSG, "SW-3010",
			"more bytes came than the %" PRIu64 " the manifest says",
			s->layer->size_bytes);
	if ((r = digest_update(&s->hash, p, n, &s->own_err)) < 0 || (r = child_feed(s, p, n)) < 0)
		return r;
	s->done_bytes += n;
	if (s->progress &&
		s->progress(s->index, s->earlier_bytes + s->done_bytes, s->progress_arg) != 0)
		return fail(&s->own_err, ECANCELED, "writing the image");
	return 0;
}

static int stream_check(struct stream *s, struct error *err)
{
	struct digest got;
	char text[DIGEST_TEXT_MAX];
	int r;

	if (s->done_bytes != s->layer->size_bytes)
		return fail_code(err, EBADMSG, "SW-3010",
			"%" PRIu64 " bytes came, the manifest says %" PRIu64, s->done_bytes,
			s->layer->size_bytes);
	if ((r = digest_end(&s->hash, &got, err)) < 0)
		return r;
	if (!digest_equal(&got, &s->layer->digest)) {
		fail_code(
			err, EBADMSG, "SW-3010", "its bytes hash to %s", digest_format(&got, text));
		return fail_hint(err,
			"the store or the network damaged it; import the bundle again: slipway bundle import FILE");
	}
	return 0;
}

static int stream_run(
	struct stream *s, const char *root, const struct rootfs_source *source, struct error *err)
{
	int r;

	if ((r = digest_start(&s->hash, err)) < 0 || (r = child_start(s, root, err)) < 0)
		return r;
	r = source->fetch(
		source->arg, &s->layer->digest, s->layer->size_bytes, stream_sink, s, err);
	if (r < 0 && s->own_err.number)
		*err = s->own_err;
	child_end(s);
	if (r < 0 && s->child_err.number != -ENOSPC)
		return err->number ? err->number : fail(err, -r, "fetching");
	if (s->child_err.number != -ENOSPC && (r = stream_check(s, err)) < 0)
		return r;
	if (s->child_err.number) {
		*err = s->child_err;
		return err->number;
	}
	return 0;
}

static int layer_run(
	struct stream *s, const char *root, const struct rootfs_source *source, struct error *err)
{
	char text[DIGEST_TEXT_MAX];
	int r = stream_run(s, root, source, err);

	digest_stop(&s->hash);
	if (r < 0)
		return fail_in(
			err, "layer %zu, %s", s->index + 1, digest_format(&s->layer->digest, text));
	return 0;
}

/* A child that stops early must not end this process by SIGPIPE. */
static void pipe_signal_block(sigset_t *before)
{
	sigset_t set;

	(void)sigemptyset(&set); /* these cannot fail on a valid signal */
	(void)sigaddset(&set, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, &set, before);
}

static void pipe_signal_restore(const sigset_t *before)
{
	const struct timespec now = { 0 };
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGPIPE);
	if (!sigismember(before, SIGPIPE))
		(void)sigtimedwait(
			&set, NULL, &now); /* takes a pending one away, where there is one */
	(void)pthread_sigmask(SIG_SETMASK, before, NULL);
}

static int root_sync(const char *root, struct error *err)
{
	auto_close int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || syncfs(fd) < 0)
		return fail(err, errno, "syncing '%s'", root);
	return 0;
}

int rootfs_unpack(const char *root, const struct rootfs_layer *layers, size_t n_layers,
	const struct rootfs_source *source, rootfs_progress progress, void *progress_arg,
	struct error *err)
{
	uint64_t earlier = 0;
	sigset_t before;
	int r = 0;

	pipe_signal_block(&before);
	for (size_t i = 0; r == 0 && i < n_layers; i++) {
		struct stream s = {
			.layer = &layers[i],
			.index = i,
			.earlier_bytes = earlier,
			.data_fd = -1,
			.result_fd = -1,
			.progress = progress,
			.progress_arg = progress_arg,
		};

		r = layer_run(&s, root, source, err);
		earlier += layers[i].size_bytes;
	}
	pipe_signal_restore(&before);
	return r < 0 ? r : root_sync(root, err);
}
