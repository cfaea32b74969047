// SPDX-License-Identifier: Apache-2.0
/*
 * The configuration of dnsmasq, "key=value" a line (dnsmasq(8)). config_line() is the one way into
 * it: whatever was formatted into a value, nothing but a few harmless characters gets through, so
 * no value can end its line, start a comment or open a quote.
 */
#include "pxe/dnsmasq.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/process.h"
#include "pxe/arch.h"

#define LEASE_S_DEFAULT (24 * 3600)
#define VALUE_MAX       512

struct config {
	struct buf *out;
	char bad[VALUE_MAX]; /* the first value that was refused */
};

static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			      "./:,-_=!@+%";

static void config_line(struct config *c, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void config_line(struct config *c, const char *key, const char *fmt, ...)
{
	char value[VALUE_MAX];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(value) || value[strspn(value, allowed)]) {
		if (!c->bad[0])
			memcpy(c->bad, value, sizeof(value));
		return;
	}
	buf_printf(c->out, "%s%s%s\n", key, n ? "=" : "", value);
}

static void config_flag(struct config *c, const char *key)
{
	config_line(c, key, "%s", "");
}

struct text {
	char s[INET_ADDRSTRLEN];
};

static struct text address_text(struct in_addr a)
{
	struct text t = { "" };

	(void)inet_ntop(AF_INET, &a, t.s, sizeof(t.s)); /* fails for short buffers only */
	return t;
}

static struct in_addr mask_of(unsigned prefix)
{
	return (struct in_addr){ .s_addr = htonl(UINT32_MAX << (32 - prefix)) };
}

/* -- checks -- */

static int check_interface(const char *name, struct error *err)
{
	if (!name[0] || name[0] == '-' || name[strspn(name, allowed)] || strpbrk(name, ",=/"))
		return fail_code(err, EINVAL, NULL, "'%s' is no name of an interface", name);
	return 0;
}

/* Own address at either end of the default range: one less. */
static void range_default(struct pxe_config *c)
{
	uint32_t mask = ntohl(mask_of(c->prefix).s_addr), own = ntohl(c->address.s_addr);
	uint32_t first = (own & mask) + 1, last = (own | ~mask) - 1;

	c->first.s_addr = htonl(first == own ? first + 1 : first);
	c->last.s_addr = htonl(last == own ? last - 1 : last);
	c->ping = true;
}

static int check_range(const struct pxe_config *c, struct error *err)
{
	uint32_t mask = ntohl(mask_of(c->prefix).s_addr), own = ntohl(c->address.s_addr);
	uint32_t first = ntohl(c->first.s_addr), last = ntohl(c->last.s_addr);
	uint32_t low = (own & mask) + 1, high = (own | ~mask) - 1;

	if (first >= low && first <= last && last <= high)
		return 0;
	(void)fail_code(err, EINVAL, NULL, "the range %s to %s is not within %s's subnet %s/%u",
		address_text(c->first).s, address_text(c->last).s, c->interface,
		address_text(c->address).s, c->prefix);
	return fail_hint(err, "Addresses from %s to %s can be given.",
		address_text((struct in_addr){ htonl(low) }).s,
		address_text((struct in_addr){ htonl(high) }).s);
}

int pxe_config_default(struct pxe_config *c, struct error *err)
{
	int res = check_interface(c->interface, err);

	if (res < 0)
		return res;
	if (c->prefix < 8 || c->prefix > 30)
		return fail_code(err, EINVAL, NULL,
			"%s has the address %s/%u: a prefix of 8 to 30 is needed to serve DHCP",
			c->interface, address_text(c->address).s, c->prefix);
	c->lease_s = c->lease_s ? c->lease_s : LEASE_S_DEFAULT;
	c->router = c->router.s_addr ? c->router : c->address;
	c->http_port = c->http_port ? c->http_port : 80;
	if (!c->first.s_addr && !c->last.s_addr)
		range_default(c);
	return check_range(c, err);
}

/* -- the configuration -- */

static void put_common(struct config *c, const struct pxe_config *p)
{
	config_line(c, "port", "0");
	config_line(c, "interface", "%s", p->interface);
	config_flag(c, "bind-interfaces");
	config_line(c, "user", "nobody");
	config_line(c, "group", "nogroup");
	config_flag(c, "pid-file");
	config_flag(c, "no-hosts");
	config_flag(c, "no-resolv");
	config_line(c, "log-facility", "-");
	config_flag(c, "log-dhcp");
	config_line(c, "dhcp-hostsfile", "/dev/null"); /* SIGHUP logs that it was read */
	config_line(c, "dhcp-leasefile", "%s", p->lease_file);
	/* Firmware, iPXE, agent and system each have their own client id, and names are their own
	 * affair: a machine is its MAC, and keeps one address from power-on to Ready. */
	config_flag(c, "dhcp-ignore-clid");
	config_flag(c, "dhcp-ignore-names");
}

static void put_range(struct config *c, const struct pxe_config *p)
{
	uint32_t size = ntohl(p->last.s_addr) - ntohl(p->first.s_addr) + 1;

	config_flag(c, "dhcp-authoritative");
	config_line(c, "dhcp-range", "%s,%s,%s,%u", address_text(p->first).s,
		address_text(p->last).s, address_text(mask_of(p->prefix)).s, p->lease_s);
	config_line(c, "dhcp-lease-max", "%u",
		size < CONFIG_MACHINES_MAX ? size : (uint32_t)CONFIG_MACHINES_MAX);
	if (!p->ping)
		config_flag(c, "no-ping");
	config_line(c, "dhcp-option", "option:router,%s", address_text(p->router).s);
	for (size_t i = 0; i < PXE_DNS_MAX && p->dns[i].s_addr; i++)
		config_line(c, "dhcp-option", "option:dns-server,%s", address_text(p->dns[i]).s);
}

/* One dhcp-boot an architecture; HTTP boot wants its vendor class back and a URL. */
static void put_arch(struct config *c, const struct pxe_arch *a, const char *own, const char *url)
{
	config_line(c, "dhcp-match", "set:arch%u,option:client-arch,%u", a->value, a->value);
	if (a->transport == PXE_TRANSPORT_TFTP) {
		config_line(
			c, "dhcp-boot", "tag:!ipxe,tag:arch%u,%s,,%s", a->value, a->loader, own);
		return;
	}
	config_line(c, "dhcp-boot", "tag:!ipxe,tag:arch%u,%s%s", a->value, url, a->loader);
	config_line(c, "dhcp-option-force", "tag:!ipxe,tag:arch%u,option:vendor-class,HTTPClient",
		a->value);
}

/* Exactly one service an architecture, never for iPXE itself: it would load itself for ever. Who
 * has none is not answered at all, and boots as if we were not there. */
static void put_proxy(struct config *c, const struct pxe_config *p)
{
	struct text mask = address_text(mask_of(p->prefix));
	struct in_addr net = { p->address.s_addr & mask_of(p->prefix).s_addr };

	config_line(c, "dhcp-range", "%s,proxy,%s", address_text(net).s, mask.s);
	for (const struct pxe_arch *a = pxe_archs; a->name; a++) {
		if (!a->loader || a->transport != PXE_TRANSPORT_TFTP)
			continue;
		config_line(c, "dhcp-match", "set:served,option:client-arch,%u", a->value);
		config_line(c, "pxe-service", "tag:!ipxe,%u,Slipway,%s,%s", a->value, a->loader,
			address_text(p->address).s);
	}
	config_line(c, "dhcp-ignore", "tag:!served");
}

int dnsmasq_config_format(const struct pxe_config *p, struct buf *out, struct error *err)
{
	struct config c = { .out = out };
	struct text own = address_text(p->address);
	char url[64];
	int res = check_interface(p->interface, err);

	if (res < 0)
		return res;
	snprintf(url, sizeof(url), "http://%s:%u/boot/", own.s, p->http_port);
	buf_puts(out, "# Written by slipwayd at every start; changes are lost.\n");
	put_common(&c, p);
	config_line(&c, "dhcp-match", "set:ipxe,175");
	/* The server's address is not needed for a URL, but iPXE takes no proxyDHCP answer without.
	 */
	config_line(&c, "dhcp-boot", "tag:ipxe,%sstart.ipxe,,%s", url, own.s);
	if (p->proxy)
		put_proxy(&c, p);
	else
		put_range(&c, p);
	for (const struct pxe_arch *a = pxe_archs; a->name && !p->proxy; a++)
		if (a->loader)
			put_arch(&c, a, own.s, url);
	if (c.bad[0])
		return fail_code(err, EINVAL, NULL,
			"'%s' cannot stand in the configuration of dnsmasq", c.bad);
	return buf_check(out, "the configuration of dnsmasq", err);
}

int dnsmasq_config_apply(const char *path, const struct buf *text, struct error *err)
{
	char new_path[4096], conf[4096 + 16];
	const char *const argv[] = { "dnsmasq", "--test", conf, NULL };
	int n = snprintf(new_path, sizeof(new_path), "%s.new", path);

	if (n < 0 || (size_t)n >= sizeof(new_path))
		return fail(err, ENAMETOOLONG, "'%s'", path);
	snprintf(conf, sizeof(conf), "--conf-file=%s", new_path);

	int res = file_write(new_path, buf_str(text), text->len, 0644, err);

	if (res < 0)
		return res;
	res = process_run(argv, NULL, NULL, err);
	if (res == 0 && rename(new_path, path) < 0)
		res = fail(err, errno, "replacing '%s'", path);
	if (res < 0) {
		(void)remove(new_path); /* it was refused already */
		return fail_in(err, "checking the configuration of dnsmasq (nothing was changed)");
	}
	return 0;
}

void dnsmasq_argv(struct dnsmasq_argv *a, const char *path)
{
	snprintf(a->conf, sizeof(a->conf), "--conf-file=%s", path);
	a->argv[0] = "dnsmasq";
	a->argv[1] = "--keep-in-foreground";
	a->argv[2] = a->conf;
	a->argv[3] = NULL;
}
