// SPDX-License-Identifier: Apache-2.0
/* The look-out for foreign DHCP servers. */
#include "pxe/probe.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/dhcp_socket.h"
#include "base/ed25519.h"

#define REQUESTS_MAX     3
#define REQUEST_EVERY_MS 1000

int probe_open(struct probe *p, int index, struct in_addr own, struct error *err)
{
	static const uint8_t none[sizeof(p->mac)];
	int res = 0;

	p->fd = -1;
	p->index = index;
	p->own = own;
	if (memcmp(p->mac, none, sizeof(none)) == 0)
		res = random_bytes(p->mac, sizeof(p->mac), err);
	p->mac[0] = (uint8_t)((p->mac[0] | 0x02) & ~0x01); /* locally administered, one host */
	return res < 0 ? res : dhcp_socket_open(index, &p->fd, err);
}

void probe_close(struct probe *p)
{
	if (p->fd >= 0)
		(void)close(p->fd); /* nothing to lose on it */
	p->fd = -1;
}

int probe_begin(struct probe *p, int64_t now_ms, struct error *err)
{
	p->started_ms = now_ms;
	p->sent = 0;
	return random_bytes(&p->xid, sizeof(p->xid), err);
}

int64_t probe_next_ms(const struct probe *p)
{
	return p->started_ms +
	       (p->sent < REQUESTS_MAX ? p->sent * REQUEST_EVERY_MS : PROBE_WAIT_MS);
}

static int probe_send(struct probe *p, int64_t elapsed_ms, struct error *err)
{
	struct dhcp_request req = {
		.type = DHCP_DISCOVER,
		.xid = p->xid,
		.elapsed_s = (uint16_t)(elapsed_ms / 1000),
		.broadcast = true,
		.arch = -1,
	};
	int res;

	memcpy(req.mac, p->mac, sizeof(p->mac));
	res = dhcp_socket_send(p->fd, p->index, &req, err);
	if (res == 0)
		p->sent++;
	return res;
}

/* PROBE_WAITING where the reply is no answer to us. */
static int probe_judge(const struct probe *p, const struct dhcp_reply *r, struct probe_server *ret)
{
	if (r->type != DHCP_OFFER || r->xid != p->xid || memcmp(r->mac, p->mac, sizeof(p->mac)) ||
		!r->server.s_addr || r->server.s_addr == p->own.s_addr)
		return PROBE_WAITING;
	*ret = (struct probe_server){
		.id = r->server,
		.offered = r->address,
		.prefix = r->prefix,
	};
	return r->address.s_addr ? PROBE_FOREIGN : PROBE_PROXY;
}

int probe_step(struct probe *p, int64_t now_ms, struct probe_server *ret, struct error *err)
{
	struct dhcp_reply reply;
	int64_t elapsed_ms = now_ms - p->started_ms;
	int res;

	while ((res = dhcp_socket_receive(p->fd, &reply, err)) > 0) {
		int outcome = probe_judge(p, &reply, ret);

		if (outcome != PROBE_WAITING)
			return outcome;
	}
	if (res < 0)
		return res;
	if (p->sent < REQUESTS_MAX && now_ms >= probe_next_ms(p))
		return probe_send(p, elapsed_ms, err);
	return elapsed_ms >= PROBE_WAIT_MS ? PROBE_ALONE : PROBE_WAITING;
}

int probe_run(int index, struct in_addr own, struct probe_server *ret, struct error *err)
{
	struct probe p = PROBE_INIT;
	int res = probe_open(&p, index, own, err);

	if (res == 0)
		res = probe_begin(&p, monotonic_ms(), err);
	while (res == 0 || res == PROBE_PROXY) {
		struct pollfd wait = { .fd = p.fd, .events = POLLIN };

		res = probe_step(&p, monotonic_ms(), ret, err);
		if (res != PROBE_WAITING)
			continue;

		int64_t left_ms = probe_next_ms(&p) - monotonic_ms();

		if (left_ms > 0 && poll(&wait, 1, (int)left_ms) < 0 && errno != EINTR)
			res = fail(err, errno, "waiting for DHCP servers");
	}
	probe_close(&p);
	return res;
}
