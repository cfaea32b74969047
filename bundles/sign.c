// SPDX-License-Identifier: Apache-2.0
/* From one bundle to the same with one signature more. */
#include "bundles/sign.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "bundles/member.h"
#include "bundles/signatures.h"
#include "bundles/sink.h"
#include "bundles/stream.h"
#include "bundles/workdir.h"
#include "bundles/writer.h"

#define CHUNK_SIZE (256u << 10)

struct sign_job {
	struct stream in;
	struct sink out;
	struct buf statement;
	struct buf signatures;
};

static void job_done(struct sign_job *job)
{
	stream_close(&job->in);
	sink_close(&job->out);
	buf_done(&job->statement);
	buf_done(&job->signatures);
}

static int head_read(struct sign_job *job, struct statement *ret, struct error *err)
{
	int r = member_read(
		&job->in, STATEMENT_FILE, "SW-2001", STATEMENT_MAX, &job->statement, err);

	if (r == 0)
		r = member_read(&job->in, STATEMENT_SIG_FILE, "SW-2002", SIGNATURES_FILE_MAX,
			&job->signatures, err);
	if (r < 0)
		return r;
	return statement_parse(buf_str(&job->statement), job->statement.len, ret, err);
}

static int rest_copy(struct sign_job *job, struct error *err)
{
	auto_free void *chunk = malloc(CHUNK_SIZE);
	size_t n = 1;
	int r = chunk ? 0 : fail_memory(err);

	while (r == 0 && n > 0) {
		r = stream_read(&job->in, chunk, CHUNK_SIZE, &n, err);
		if (r == 0)
			r = sink_add(&job->out, chunk, n, err);
	}
	return r < 0 ? r : sink_end(&job->out, err);
}

static int job_run(struct sign_job *job, const struct minisign_secret *key, struct statement *ret,
	struct error *err)
{
	char comment[MINISIGN_COMMENT_MAX];
	int r = head_read(job, ret, err);

	if (r < 0)
		return r;
	writer_comment(ret, comment);
	r = signatures_add(
		&job->signatures, key, buf_str(&job->statement), job->statement.len, comment, err);
	if (r == 0)
		r = writer_text(&job->out, STATEMENT_FILE, buf_str(&job->statement), err);
	if (r == 0)
		r = writer_text(&job->out, STATEMENT_SIG_FILE, buf_str(&job->signatures), err);
	return r < 0 ? r : rest_copy(job, err);
}

static int fd_write(const void *p, size_t n, void *arg, struct error *err)
{
	return write_all(*(int *)arg, p, n, err);
}

static int signed_write(int in_fd, const char *target, const struct minisign_secret *key,
	struct statement *ret, struct error *err)
{
	struct sign_job job = { .statement.max = STATEMENT_MAX,
		.signatures.max = SIGNATURES_FILE_MAX };
	auto_close int fd = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int r = fd < 0 ? fail(err, errno, "creating '%s'", target)
		       : stream_open(&job.in, in_fd, err);

	if (r == 0)
		r = sink_open(&job.out, fd_write, &fd, job.in.zstd ? WRITER_ZSTD_LEVEL : 0, err);
	if (r == 0)
		r = job_run(&job, key, ret, err);
	if (r == 0 && fsync(fd) < 0)
		r = fail(err, errno, "syncing '%s'", target);
	job_done(&job);
	return r;
}

int sign_bundle(const char *path, const struct minisign_secret *key, struct statement *ret,
	struct error *err)
{
	auto_workdir work = WORKDIR_INIT;
	struct statement st = { 0 };
	char target[PATH_MAX + 16];
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? fail(err, errno, "opening '%s'", path) : workdir_make(&work, path, err);

	if (r < 0)
		return r;
	(void)snprintf(target, sizeof(target), "%s/bundle", work.path);
	r = signed_write(fd, target, key, &st, err);
	if (r == 0 && rename(target, path) < 0)
		r = fail(err, errno, "renaming '%s' to '%s'", target, path);
	if (r < 0) {
		statement_done(&st);
		return fail_in(err, "'%s'", path);
	}
	*ret = st;
	return 0;
}
