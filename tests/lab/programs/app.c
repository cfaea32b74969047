// SPDX-License-Identifier: Apache-2.0
/* The lab's application: prints one line, then says the same to everyone who asks on port 8080. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char line[] = "hello from an image that only the bundle holds\n";

static void app_end(int signal_number)
{
	(void)signal_number;
	_exit(0);
}

static int app_listen(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(8080),
		.sin_addr.s_addr = htonl(INADDR_ANY),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 16) < 0)
		return -1;
	return fd;
}

/* One request, whatever it is, gets the line. */
static void app_answer(int client)
{
	char request[1024];
	char answer[256];
	int n = snprintf(answer, sizeof(answer),
			 "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%s",
			 strlen(line), line);

	if (read(client, request, sizeof(request)) > 0)
		(void)!write(client, answer, (size_t)n); /* a client that left wants no answer */
	close(client);
}

int main(void)
{
	int fd = app_listen();

	signal(SIGTERM, app_end);
	signal(SIGINT, app_end);
	signal(SIGPIPE, SIG_IGN);
	fputs(line, stdout);
	fflush(stdout);
	for (int client; (client = accept(fd, NULL, NULL)) >= 0;)
		app_answer(client);
	return 1;
}
