// SPDX-License-Identifier: Apache-2.0
/* The DHCP client's state machine, without a network or a clock. */
#include "tests/unit/unit.h"

#include "provisioner/agent/lease.h"

static const uint8_t mac[DHCP_MAC_SIZE] = { 0x52, 0x54, 0, 1, 2, 3 };

static struct dhcp_reply reply_of(const struct lease *l, enum dhcp_type type)
{
	struct dhcp_reply r = {
		.type = type,
		.xid = l->xid,
		.address.s_addr = 0x0a09000a,
		.server.s_addr = 0x0a090001,
		.lease_s = 600,
	};

	memcpy(r.mac, mac, sizeof(r.mac));
	return r;
}

static void bind_lease(struct lease *l, int64_t now_ms)
{
	struct dhcp_request request;
	struct dhcp_reply offer, ack;

	lease_start(l, mac, 7, now_ms);
	assert_int_equal(lease_step(l, now_ms, NULL, &request), LEASE_SEND);
	assert_int_equal(request.type, DHCP_DISCOVER);
	assert_true(request.broadcast);
	offer = reply_of(l, DHCP_OFFER);
	assert_int_equal(lease_step(l, now_ms, &offer, &request), LEASE_SEND);
	assert_int_equal(request.type, DHCP_REQUEST);
	assert_int_equal(request.requested.s_addr, 0x0a09000a);
	assert_int_equal(request.server.s_addr, 0x0a090001);
	ack = reply_of(l, DHCP_ACK);
	assert_int_equal(lease_step(l, now_ms, &ack, &request), LEASE_CONFIGURE);
	assert_int_equal(l->state, LEASE_BOUND);
}

static void gets_an_address(void **state)
{
	struct lease l;

	(void)state;
	bind_lease(&l, 1000);
	assert_int_equal(l.next_ms, 1000 + 300 * 1000);
	assert_int_equal(l.end_ms, 1000 + 600 * 1000);
}

static void asks_again_and_ever_slower(void **state)
{
	struct lease l;
	struct dhcp_request request;
	int64_t now_ms = 0, gap_ms = 0;

	(void)state;
	lease_start(&l, mac, 7, now_ms);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(lease_step(&l, now_ms, NULL, &request), LEASE_SEND);
		assert_int_equal(request.elapsed_s, now_ms / 1000);
		assert_int_equal(lease_step(&l, now_ms, NULL, &request), 0);
		assert_true(l.next_ms - now_ms >= gap_ms || gap_ms >= 16000);
		assert_true(l.next_ms - now_ms <= 16256);
		gap_ms = l.next_ms - now_ms;
		now_ms = l.next_ms;
	}
}

static void passes_over_what_is_not_for_it(void **state)
{
	struct lease l;
	struct dhcp_request request;
	struct dhcp_reply reply;

	(void)state;
	lease_start(&l, mac, 7, 0);
	(void)lease_step(&l, 0, NULL, &request);
	reply = reply_of(&l, DHCP_OFFER);
	reply.xid++;
	assert_int_equal(lease_step(&l, 1, &reply, &request), 0);
	reply = reply_of(&l, DHCP_OFFER);
	reply.mac[5]++;
	assert_int_equal(lease_step(&l, 1, &reply, &request), 0);
	reply = reply_of(&l, DHCP_OFFER);
	reply.address.s_addr = 0; /* a proxy's */
	assert_int_equal(lease_step(&l, 1, &reply, &request), 0);
	reply = reply_of(&l, DHCP_ACK);
	assert_int_equal(lease_step(&l, 1, &reply, &request), 0);
	assert_int_equal(l.state, LEASE_SELECTING);
}

static void begins_anew_when_refused(void **state)
{
	struct lease l;
	struct dhcp_request request;
	struct dhcp_reply offer, nak;

	(void)state;
	lease_start(&l, mac, 7, 0);
	(void)lease_step(&l, 0, NULL, &request);
	offer = reply_of(&l, DHCP_OFFER);
	(void)lease_step(&l, 0, &offer, &request);
	nak = reply_of(&l, DHCP_NAK);
	assert_int_equal(lease_step(&l, 5, &nak, &request), LEASE_SEND);
	assert_int_equal(request.type, DHCP_DISCOVER);
	assert_int_not_equal(l.xid, 7);
}

static void renews_at_half_time(void **state)
{
	struct lease l;
	struct dhcp_request request;
	struct dhcp_reply ack;

	(void)state;
	bind_lease(&l, 0);
	assert_int_equal(lease_step(&l, 299999, NULL, &request), 0);
	assert_int_equal(lease_step(&l, 300000, NULL, &request), LEASE_SEND);
	assert_int_equal(request.type, DHCP_REQUEST);
	assert_int_equal(request.client.s_addr, 0x0a09000a);
	assert_int_equal(request.requested.s_addr, 0);
	assert_int_equal(request.server.s_addr, 0);
	ack = reply_of(&l, DHCP_ACK);
	assert_int_equal(lease_step(&l, 300010, &ack, &request), LEASE_CONFIGURE);
	assert_int_equal(l.end_ms, 300010 + 600000);
}

static void loses_what_is_not_renewed(void **state)
{
	struct lease l;
	struct dhcp_request request;
	unsigned wishes = 0;
	int64_t now_ms = 0;
	int sent = 0;

	(void)state;
	bind_lease(&l, 0);
	while (!(wishes & LEASE_LOST)) {
		now_ms = l.next_ms;
		wishes = lease_step(&l, now_ms, NULL, &request);
		sent++;
		assert_true(sent < 20);
	}
	assert_int_equal(now_ms, 600000);
	assert_int_equal(request.type, DHCP_DISCOVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gets_an_address),
		cmocka_unit_test(asks_again_and_ever_slower),
		cmocka_unit_test(passes_over_what_is_not_for_it),
		cmocka_unit_test(begins_anew_when_refused),
		cmocka_unit_test(renews_at_half_time),
		cmocka_unit_test(loses_what_is_not_renewed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
