// SPDX-License-Identifier: Apache-2.0
/* Takes devices from their drivers. */
#include "provisioner/agent/quiesce.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

#define QUIET_MS 15000

/* The screen is drawn through it, and it writes nothing into memory that nobody typed. */
#define KEPT "virtio_console"

static void take_from_driver(const struct tree *tree, const char *device)
{
	const char *name = strrchr(device, '/');
	char driver[64], path[TREE_PATH_MAX];

	(void)tree_link(tree, driver, sizeof(driver), "%s/driver", device);
	if (!name || !driver[0] || strcmp(driver, KEPT) == 0)
		return;
	(void)tree_path(tree, path, "%s/driver/unbind", device);

	auto_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, name + 1, strlen(name + 1)) < 0)
		return; /* a driver that cannot be taken off is left to the kernel */
}

static int take_card(const char *name, void *arg)
{
	const struct tree *tree = arg;
	char device[TREE_PATH_MAX];

	if (*tree_real(tree, device, "/sys/class/net/%s/device", name))
		take_from_driver(tree, device);
	return 0;
}

static int take_virtio(const char *name, void *arg)
{
	const struct tree *tree = arg;
	char device[TREE_PATH_MAX];

	if (*tree_real(tree, device, "/sys/bus/virtio/devices/%s", name))
		take_from_driver(tree, device);
	return 0;
}

void quiesce_devices(const struct tree *tree)
{
	struct tree t = *tree;

	(void)tree_list(
		&t, "/sys/class/net", take_card, &t); /* each is tried whatever came before */
	(void)tree_list(&t, "/sys/bus/virtio/devices", take_virtio, &t);
}

/* 0 when it has ended; -ETIMEDOUT: it hangs in the kernel, where no signal reaches it. */
static int wait_for_end(pid_t child, struct error *err)
{
	auto_close int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
	struct pollfd fd = { .fd = pidfd, .events = POLLIN };

	if (pidfd < 0)
		return fail(err, errno, "watching a process");
	if (poll(&fd, 1, QUIET_MS) <= 0)
		return fail_code(err, ETIMEDOUT, NULL, "a device's driver does not end in %d s",
			QUIET_MS / 1000);
	(void)waitpid(child, NULL, 0); /* it has ended; how does not matter */
	return 0;
}

int quiesce(struct error *err)
{
	static const struct tree system = { "" };
	pid_t child;

	(void)kill(-1, SIGKILL); /* spares us and process 1; there may be nobody else */
	child = fork();
	if (child < 0)
		return fail(err, errno, "starting a process");
	if (child == 0) {
		quiesce_devices(&system);
		_exit(0);
	}
	return wait_for_end(child, err);
}
