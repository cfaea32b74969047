// SPDX-License-Identifier: Apache-2.0
/* Process 1. */
#include "provisioner/agent/init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "images/kexec.h"
#include "provisioner/agent/quiesce.h"

#define RESTART_MS    1000 /* between two starts of an agent that ends at once */
#define CONSOLE_LEVEL 8    /* klogctl(2): SYSLOG_ACTION_CONSOLE_LEVEL */
#define WARNINGS_ONLY 5    /* the kernel's own talk would tear the screen */

static const struct {
	const char *type, *at;
	unsigned long flags;
	const char *options;
} mounts[] = {
	{ "proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL },
	{ "sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL },
	{ "devtmpfs", "/dev", MS_NOSUID, NULL },
	{ "tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755" },
	{ "tmpfs", "/tmp", MS_NOSUID | MS_NODEV, NULL },
};

static void mount_all(void)
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		(void)mkdir(mounts[i].at, 0755); /* mostly there; if it fails, so does the mount */
		if (mount(mounts[i].type, mounts[i].at, mounts[i].type, mounts[i].flags,
			    mounts[i].options) < 0 &&
			errno != EBUSY)
			log_error("mounting %s: %s", mounts[i].at, strerror(errno));
	}
}

static void open_console(void)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);

	if (fd < 0)
		return; /* a machine without any console works as well */
	for (int i = 0; i < 3; i++)
		(void)dup2(fd, i); /* an open fd onto the standard ones */
	if (fd > 2)
		(void)close(fd); /* was duplicated */
}

/* The kernel asks for modules by a program at a fixed place; that program is us (modules.h). */
static void offer_modprobe(void)
{
	if (access("/sbin/modprobe", X_OK) == 0)
		return;
	(void)mkdir("/sbin", 0755);                /* mostly there */
	(void)!symlink("/init", "/sbin/modprobe"); /* without it drivers are loaded all the same */
}

void init_prepare(void)
{
	mount_all();
	open_console();
	offer_modprobe();
	(void)klogctl(CONSOLE_LEVEL, NULL, WARNINGS_ONLY); /* cosmetic */
	(void)!sethostname("slipway", strlen("slipway"));  /* cosmetic */
	(void)setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	(void)umask(022);
}

/* Reaps until the agent itself ends; returns its status. */
static int reap_until(pid_t agent)
{
	int status;

	for (;;) {
		pid_t pid = waitpid(-1, &status, 0);

		if (pid == agent || (pid < 0 && errno == ECHILD))
			return status;
	}
}

void init_run(int (*agent)(void *arg), void *arg)
{
	for (;;) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(agent(arg));
		if (pid > 0) {
			int status = reap_until(pid);

			log_error("the agent ended (%s %d) and is started again",
				WIFSIGNALED(status) ? "signal" : "status",
				WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
		}
		(void)poll(NULL, 0, RESTART_MS); /* one that ends at once shall not fill the log */
	}
}

/* Without asking any driver: one that hangs would hold an orderly restart up. */
static void restart_at_once(void)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "b", 1) < 0)
		(void)close(fd); /* the orderly way is all that is left */
}

int init_leave(bool kexec, struct error *err)
{
	struct error why = { 0 }; /* a kernel that cannot be jumped into is reached by a restart */
	int r;

	sync();
	r = kexec ? quiesce(&why) : 0;
	if (r == -ETIMEDOUT)
		restart_at_once();
	if (kexec && r == 0)
		(void)kexec_run(&why);
	if (reboot(RB_AUTOBOOT) < 0)
		return fail(err, errno, "restarting");
	return 0;
}
