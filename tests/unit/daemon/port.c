// SPDX-License-Identifier: Apache-2.0
/* Tests provisioner/daemon/port.c: a port of our own is found to be ours. */
#include "provisioner/daemon/port.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/cleanup.h"

/* Binds any port of loopback and tells its number. */
static int hold(int type, uint16_t *ret_number)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 1), 0);
	*ret_number = ntohs(at.sin_port);
	return fd;
}

static void a_taken_port_is_told(void **state)
{
	(void)state;
	static const int types[] = { SOCK_DGRAM, SOCK_STREAM };

	for (size_t i = 0; i < 2; i++) {
		struct port p = { .type = types[i], .purpose = "tests" };
		struct port_owner owner;
		struct error err = { 0 };
		char holder[32];
		int fd = hold(types[i], &p.number);

		assert_int_equal(port_check(&p, &err), -EADDRINUSE);
		assert_string_equal(err.code, "SW-1002");
		snprintf(holder, sizeof(holder), "(pid %d)", (int)getpid());
		if (!strstr(err.text, holder))
			fail_msg("%s", err.text);
		port_owner_find(&p, &owner);
		assert_int_equal(owner.pid, getpid());
		close(fd);
		err = (struct error){ 0 };
		assert_int_equal(port_check(&p, &err), 0);
		port_owner_find(&p, &owner);
		assert_int_equal(owner.pid, 0);
	}
}

static void addresses_are_told_apart(void **state)
{
	(void)state;
	struct port p = { .type = SOCK_DGRAM, .purpose = "tests" };
	struct port_owner owner;
	int fd = hold(SOCK_DGRAM, &p.number);

	p.address.s_addr = htonl(INADDR_LOOPBACK + 1);
	port_owner_find(&p, &owner);
	assert_int_equal(owner.pid, 0);
	close(fd);
}

static void arguments_are_whole(void **state)
{
	(void)state;
	assert_true(process_has_argument(getpid(), program_invocation_name));
	assert_false(process_has_argument(getpid(), program_invocation_name + 1));
	assert_false(process_has_argument(getpid(), ""));
	assert_false(process_has_argument(0x7fffffff, "x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_taken_port_is_told),
		cmocka_unit_test(addresses_are_told_apart),
		cmocka_unit_test(arguments_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
