// SPDX-License-Identifier: Apache-2.0
/* Running a child to its end, with its output gathered. */
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/process.h"

#define STDERR_KEPT 4096

struct gather {
	int fd;           /* our end of the pipe; -1 when at its end */
	struct buf *into; /* NULL: read and dropped */
	bool keep_last;   /* a full buffer drops its older half in place of failing */
};

static void gather_keep(struct gather *g, const char *p, size_t n)
{
	if (!g->into)
		return;
	if (g->keep_last && g->into->len + n > STDERR_KEPT)
		buf_reset(g->into);
	buf_add(g->into, p, n);
}

static int gather_read(struct gather *g, struct error *err)
{
	char chunk[4096];
	ssize_t n = read(g->fd, chunk, sizeof(chunk));

	if (n < 0)
		return errno == EINTR ? 0 : fail(err, errno, "reading a child's output");
	if (n == 0)
		close(take_fd(&g->fd));
	else
		gather_keep(g, chunk, (size_t)n);
	return 0;
}

static int gather_all(struct gather g[2], struct error *err)
{
	while (g[0].fd >= 0 || g[1].fd >= 0) {
		struct pollfd fds[2] = {
			{ .fd = g[0].fd, .events = POLLIN },
			{ .fd = g[1].fd, .events = POLLIN },
		};

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return fail(err, errno, "waiting for a child's output");
		for (int i = 0; i < 2; i++)
			if (fds[i].revents && gather_read(&g[i], err) < 0)
				return err->number;
	}
	return 0;
}

/* The last line that holds anything. */
static const char *last_line(struct buf *text)
{
	char *s = text->data;
	size_t n = text->len;

	while (n > 0 && (s[n - 1] == '\n' || s[n - 1] == ' '))
		s[--n] = '\0';
	while (n > 0 && s[n - 1] != '\n')
		n--;
	return s ? s + n : "";
}

static int judge(const char *program, int status, struct buf *complaint, struct error *err)
{
	char text[48];
	const char *line = last_line(complaint);

	if (status == 0)
		return 0;
	return fail_code(err, ECHILD, NULL, "%s failed (%s)%s%s", program,
		process_status_format(status, text), *line ? ": " : "", line);
}

static int open_pipe(int *ret_read, int *ret_write, struct error *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(err, errno, "making a pipe");
	*ret_read = ends[0];
	*ret_write = ends[1];
	return 0;
}

int process_run(const char *const *argv, const struct process_options *opts, struct buf *out,
	struct error *err)
{
	struct process_options own = opts ? *opts : (struct process_options)PROCESS_OPTIONS_INIT;
	struct process p = PROCESS_INIT;
	auto_buf complaint = { .max = STDERR_KEPT };
	auto_close int out_read = -1;
	auto_close int out_write = -1;
	auto_close int err_read = -1;
	auto_close int err_write = -1;
	struct gather g[2];
	int status = 0, r;

	if (open_pipe(&err_read, &err_write, err) < 0)
		return err->number;
	if (out && open_pipe(&out_read, &out_write, err) < 0)
		return err->number;
	if (out)
		own.out_fd = out_write;
	own.err_fd = err_write;
	r = process_start(&p, argv, &own, err);
	if (r < 0)
		return r;
	close(take_fd(&err_write));
	if (out_write >= 0)
		close(take_fd(&out_write));
	g[0] = (struct gather){ .fd = take_fd(&out_read), .into = out };
	g[1] = (struct gather){ .fd = take_fd(&err_read), .into = &complaint, .keep_last = true };
	if (gather_all(g, err) < 0) {
		process_stop(&p, 0);
		return err->number;
	}
	r = process_wait(&p, -1, &status, err);
	if (r == 0)
		r = judge(argv[0], status, &complaint, err);
	return r < 0 || !out ? r : buf_check(out, argv[0], err);
}
