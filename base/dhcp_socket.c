// SPDX-License-Identifier: Apache-2.0
/*
 * DHCP over a packet socket. The kernel's checks of IP and UDP are ours here: the header checksum
 * and all lengths are verified; the UDP checksum is not, because a virtual interface hands packets
 * over before it is filled in, and the link's own has covered the bytes on a real one.
 */
#include "base/dhcp_socket.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"

#define FRAME_MAX 2048

struct frame {
	struct iphdr ip;
	struct udphdr udp;
	uint8_t message[DHCP_MESSAGE_MAX];
} __attribute__((packed));

/* What UDP's checksum covers before the datagram (RFC 768). */
struct pseudo_header {
	uint32_t from, to;
	uint8_t zero, protocol;
	uint16_t size;
};

/* Accept: protocol UDP, first fragment, destination port 68. Offsets are from the IP header. */
static struct sock_filter only_replies[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 6),
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 4, 0),
	BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
	BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DHCP_CLIENT_PORT, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, FRAME_MAX),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

int dhcp_socket_open(int index, int *ret_fd, struct error *err)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = index,
	};
	struct sock_fprog filter = {
		.len = sizeof(only_replies) / sizeof(only_replies[0]),
		.filter = only_replies,
	};
	/* Protocol 0 until the filter is in place: nothing else may queue up before. */
	auto_close int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return fail(err, errno, "opening a packet socket");
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0)
		return fail(err, errno, "setting the filter of a packet socket");
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return fail(err, errno, "binding a packet socket to interface %d", index);
	*ret_fd = take_fd(&fd);
	return 0;
}

static uint32_t sum_add(uint32_t sum, const void *from, size_t n)
{
	const uint8_t *p = from;

	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	return sum;
}

/* The Internet checksum (RFC 1071), in network order. */
static uint16_t sum_end(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static void frame_fill(struct frame *f, struct in_addr from, size_t n)
{
	uint16_t udp_size = (uint16_t)(sizeof(f->udp) + n);
	struct pseudo_header pseudo = {
		.from = from.s_addr,
		.to = INADDR_BROADCAST,
		.protocol = IPPROTO_UDP,
		.size = htons(udp_size),
	};

	f->ip = (struct iphdr){
		.version = 4,
		.ihl = sizeof(f->ip) / 4,
		.tot_len = htons((uint16_t)(sizeof(f->ip) + udp_size)),
		.ttl = 64,
		.protocol = IPPROTO_UDP,
		.saddr = from.s_addr,
		.daddr = INADDR_BROADCAST,
	};
	f->ip.check = sum_end(sum_add(0, &f->ip, sizeof(f->ip)));
	f->udp = (struct udphdr){
		.source = htons(DHCP_CLIENT_PORT),
		.dest = htons(DHCP_SERVER_PORT),
		.len = htons(udp_size),
	};
	f->udp.check = sum_end(sum_add(sum_add(0, &pseudo, sizeof(pseudo)), &f->udp, udp_size));
}

int dhcp_socket_send(int fd, int index, const struct dhcp_request *req, struct error *err)
{
	struct frame f;
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = index,
		.sll_halen = ETH_ALEN,
	};
	size_t n;
	int res = dhcp_request_build(req, f.message, &n, err);

	if (res < 0)
		return res;
	frame_fill(&f, req->client, n);
	memset(to.sll_addr, 0xff, ETH_ALEN);
	n += offsetof(struct frame, message);
	if (sendto(fd, &f, n, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		return fail(err, errno, "sending a DHCP request");
	return 0;
}

/* Finds the DHCP message in an IPv4 packet: its size, or 0 where there is none. */
static size_t frame_message(const uint8_t *p, size_t n, const uint8_t **ret)
{
	struct iphdr ip;
	struct udphdr udp;

	if (n < sizeof(ip))
		return 0;
	memcpy(&ip, p, sizeof(ip));

	size_t head = ip.ihl * 4u, total = ntohs(ip.tot_len);

	if (ip.version != 4 || head < sizeof(ip) || total > n || total < head + sizeof(udp) ||
		ip.protocol != IPPROTO_UDP || sum_end(sum_add(0, p, head)) != 0)
		return 0;
	memcpy(&udp, p + head, sizeof(udp));

	size_t size = ntohs(udp.len);

	if (size < sizeof(udp) || size > total - head || ntohs(udp.source) != DHCP_SERVER_PORT)
		return 0;
	*ret = p + head + sizeof(udp);
	return size - sizeof(udp);
}

int dhcp_socket_receive(int fd, struct dhcp_reply *ret, struct error *err)
{
	uint8_t p[FRAME_MAX];

	for (;;) {
		ssize_t n = recv(fd, p, sizeof(p), 0);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n < 0)
			return fail(err, errno, "receiving a DHCP reply");

		const uint8_t *message = NULL;
		size_t size = frame_message(p, (size_t)n, &message);
		struct error no_reply = { 0 }; /* not ours to report: anybody may send rubbish */

		if (size && dhcp_reply_parse(message, size, ret, &no_reply) == 0)
			return 1;
	}
}
