// SPDX-License-Identifier: Apache-2.0
/* Asking for a password on /dev/tty, so that it works with redirected streams too. */
#include "provisioner/cli/password.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

/* Reads one line. */
static int line_read(int fd, char *out, struct error *err)
{
	size_t n = 0;

	for (;;) {
		char c;
		ssize_t got = read(fd, &c, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(err, errno, "reading the password");
		if (got == 0 || c == '\n')
			break;
		if (n + 1 >= PASSWORD_MAX)
			return fail_code(err, EINVAL, NULL, "the password is too long");
		out[n++] = c;
	}
	out[n] = '\0';
	return 0;
}

int password_ask(const char *prompt, char *out, struct error *err)
{
	auto_close int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios shown;
	struct termios hidden;
	int r;

	if (fd < 0 || tcgetattr(fd, &shown) < 0)
		return fail_code(err, ENOTTY, NULL,
			"a password is needed, and there is no terminal to ask on");
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(fd, TCSAFLUSH, &hidden); /* at worst it is shown */
	r = write_all(fd, prompt, strlen(prompt), err);
	if (r == 0)
		r = line_read(fd, out, err);
	(void)tcsetattr(fd, TCSAFLUSH, &shown); /* as it was found */
	return r < 0 ? r : write_all(fd, "\n", 1, err);
}

int password_ask_new(char *out, struct error *err)
{
	char again[PASSWORD_MAX];
	int r = password_ask("Password for the new key: ", out, err);

	if (r == 0)
		r = password_ask("The same again: ", again, err);
	if (r == 0 && strcmp(out, again) != 0)
		r = fail_code(err, EINVAL, NULL, "the two differ; nothing was written");
	if (r == 0 && !*out) {
		r = fail_code(err, EINVAL, NULL, "the password is empty; nothing was written");
		(void)fail_hint(err, "--no-password makes a key without one.");
	}
	OPENSSL_cleanse(again, sizeof(again));
	return r;
}
