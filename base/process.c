// SPDX-License-Identifier: Apache-2.0
/* Child processes, started from an argv and never through a shell. */
#include "base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"

/* Builds "K=V" entries over the parent's environment. The strings stay borrowed. */
static char **merge_env(const char *const *add)
{
	size_t have = 0, more = 0, n = 0;
	char **env;

	while (environ[have])
		have++;
	while (add && add[more])
		more++;
	env = calloc(have + more + 1, sizeof(*env));
	if (!env)
		return NULL;
	for (size_t i = 0; i < more; i++)
		env[n++] = (char *)add[i];
	for (size_t i = 0; i < have; i++) {
		size_t name = strcspn(environ[i], "=") + 1;
		bool replaced = false;

		for (size_t k = 0; k < more && !replaced; k++)
			replaced = strncmp(add[k], environ[i], name) == 0;
		if (!replaced)
			env[n++] = environ[i];
	}
	return env;
}

/* In the child: puts fd (or /dev/null) at number `to`. */
static int place_fd(int fd, int to)
{
	if (fd < 0)
		fd = open("/dev/null", to == STDIN_FILENO ? O_RDONLY : O_WRONLY);
	if (fd < 0)
		return -errno;
	if (fd == to) /* dup2 onto itself would keep O_CLOEXEC */
		return fcntl(fd, F_SETFD, 0) < 0 ? -errno : 0;
	return dup2(fd, to) < 0 ? -errno : 0;
}

static int child_setup(const struct process_options *opts, pid_t parent)
{
	sigset_t none;
	int r;

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL); /* the parent's loop blocks signals */
	(void)signal(SIGPIPE, SIG_DFL);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0)
		return -errno;
	if (getppid() != parent)
		return -ESRCH;
	r = place_fd(opts->in_fd, STDIN_FILENO);
	if (r == 0)
		r = place_fd(opts->out_fd, STDOUT_FILENO);
	if (r == 0 && opts->err_fd >= 0)
		r = place_fd(opts->err_fd, STDERR_FILENO);
	if (r == 0 && opts->dir && chdir(opts->dir) < 0)
		r = -errno;
	return r == 0 && opts->prepare ? opts->prepare(opts->prepare_arg) : r;
}

__attribute__((noreturn)) static void child_run(const char *const *argv,
	const struct process_options *opts, char **env, pid_t parent, int report_fd)
{
	int r = child_setup(opts, parent);

	if (r == 0) {
		(void)execvpe(argv[0], (char *const *)argv, env);
		r = -errno;
	}
	if (write(report_fd, &r, sizeof(r)) < 0)
		_exit(126); /* the parent is gone */
	_exit(127);
}

/* Reads what the child reports before exec; end of file means that exec succeeded. */
static int await_exec(int fd, struct error *err, const char *program)
{
	int number = 0;
	size_t n = 0;

	if (read_full(fd, &number, sizeof(number), &n, err) < 0)
		return err->number;
	return n == sizeof(number) ? fail(err, -number, "starting '%s'", program) : 0;
}

int process_start(struct process *p, const char *const *argv, const struct process_options *opts,
	struct error *err)
{
	static const struct process_options none = PROCESS_OPTIONS_INIT;
	auto_free char **env = merge_env(opts ? opts->env : NULL);
	auto_close int report_read = -1;
	auto_close int report_write = -1;
	int ends[2], r;
	pid_t parent = getpid();
	pid_t pid;

	if (!env)
		return fail_memory(err);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(err, errno, "starting '%s'", argv[0]);
	report_read = ends[0];
	report_write = ends[1];
	pid = fork();
	if (pid < 0)
		return fail(err, errno, "starting '%s'", argv[0]);
	if (pid == 0)
		child_run(argv, opts ? opts : &none, env, parent, report_write);
	close(take_fd(&report_write));
	r = await_exec(report_read, err, argv[0]);
	if (r < 0) {
		(void)waitpid(pid, NULL, 0);
		return r;
	}
	p->pid = pid;
	p->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (p->pidfd < 0) {
		r = fail(err, errno, "watching '%s'", argv[0]);
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		p->pid = 0;
		return r;
	}
	(void)fcntl(p->pidfd, F_SETFD, FD_CLOEXEC); /* pidfd_open sets it already */
	return 0;
}

int process_wait(struct process *p, int timeout_ms, int *ret_status, struct error *err)
{
	struct pollfd ready = { .fd = p->pidfd, .events = POLLIN };
	int64_t deadline = monotonic_ms() + timeout_ms;
	int n;

	do {
		int64_t left = timeout_ms < 0 ? -1 : deadline - monotonic_ms();

		n = poll(&ready, 1, timeout_ms < 0 ? -1 : (int)(left > 0 ? left : 0));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail(err, errno, "waiting for process %d", (int)p->pid);
	if (n == 0)
		return fail(err, ETIMEDOUT, "waiting for process %d", (int)p->pid);
	if (waitpid(p->pid, ret_status, 0) < 0)
		return fail(err, errno, "reaping process %d", (int)p->pid);
	close(p->pidfd);
	*p = (struct process)PROCESS_INIT;
	return 0;
}

void process_stop(struct process *p, int grace_ms)
{
	struct error err = { 0 };
	int status;

	if (p->pid <= 0)
		return;
	(void)kill(p->pid, SIGTERM); /* it may have ended already */
	if (process_wait(p, grace_ms, &status, &err) == 0)
		return;
	(void)kill(p->pid, SIGKILL);
	(void)process_wait(p, -1, &status, &err); /* SIGKILL cannot be refused */
}

const char *process_status_format(int status, char out[static 48])
{
	if (WIFSIGNALED(status))
		(void)snprintf(out, 48, "killed by signal %d", WTERMSIG(status));
	else
		(void)snprintf(out, 48, "exit status %d", WEXITSTATUS(status));
	return out;
}
