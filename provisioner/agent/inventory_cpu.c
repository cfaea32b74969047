// SPDX-License-Identifier: Apache-2.0
/* Processors, counted from the topology files of each online CPU. */
#include "provisioner/agent/inventory.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

#define CPUS_MAX 4096

struct count {
	const struct tree *tree;
	size_t n;
	int64_t socket[CPUS_MAX];
	int64_t core[CPUS_MAX]; /* unique within its socket */
};

static int count_one(const char *name, void *arg)
{
	struct count *c = arg;

	if (strncmp(name, "cpu", 3) != 0 || !isdigit((unsigned char)name[3]) || c->n == CPUS_MAX ||
		!tree_has(c->tree, "/sys/devices/system/cpu/%s/topology", name))
		return 0;
	c->socket[c->n] = tree_number(
		c->tree, 0, "/sys/devices/system/cpu/%s/topology/physical_package_id", name);
	c->core[c->n] =
		tree_number(c->tree, 0, "/sys/devices/system/cpu/%s/topology/core_id", name);
	c->n++;
	return 0;
}

static void count_distinct(const struct count *c, struct cpu *ret)
{
	for (size_t i = 0; i < c->n; i++) {
		bool new_socket = true, new_core = true;

		for (size_t j = 0; j < i; j++) {
			if (c->socket[j] != c->socket[i])
				continue;
			new_socket = false;
			new_core = new_core && c->core[j] != c->core[i];
		}
		ret->sockets += new_socket;
		ret->cores += new_core;
	}
	ret->threads = (unsigned)c->n;
}

static void read_model(const struct tree *t, char out[static TEXT_MAX])
{
	char path[TREE_PATH_MAX], line[1024];
	auto_file FILE *f = fopen(tree_path(t, path, "/proc/cpuinfo"), "re");

	while (f && fgets(line, sizeof(line), f)) {
		const char *colon = strchr(line, ':');

		if (colon && strncmp(line, "model name", strlen("model name")) == 0) {
			(void)text_clean(colon + 1, strlen(colon + 1), out, TEXT_MAX);
			return;
		}
	}
}

void cpu_read(const struct tree *t, struct cpu *ret)
{
	struct count *c = calloc(1, sizeof(*c));

	read_model(t, ret->model);
	if (!c)
		return; /* counts stay 0: unknown */
	c->tree = t;
	(void)tree_list(t, "/sys/devices/system/cpu", count_one, c); /* count_one never fails */
	count_distinct(c, ret);
	free(c);
}
