// SPDX-License-Identifier: Apache-2.0
/* The pause container: holds a Pod's namespaces until it is told to end, and reaps what is left to it. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void pause_end(int signal_number)
{
	_exit(signal_number == SIGTERM || signal_number == SIGINT ? 0 : 1);
}

static void pause_reap(int signal_number)
{
	(void)signal_number;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

int main(void)
{
	signal(SIGINT, pause_end);
	signal(SIGTERM, pause_end);
	signal(SIGCHLD, pause_reap);
	for (;;)
		pause();
}
