// SPDX-License-Identifier: Apache-2.0
/* slipway bundle split and join, and the parts that other verbs are given. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "provisioner/cli/bundle.h"
#include "provisioner/cli/output.h"

/* Asks at the terminal for a part that was not named. */
static int part_ask(unsigned int number, const struct part_set *set, char **ret, struct error *err)
{
	auto_file FILE *tty = fopen("/dev/tty", "r+e");
	size_t size = 0;
	ssize_t n;

	if (!tty)
		return part_set_check(set, err);
	(void)fprintf(tty,
		"\r\033[KPart %u of %u is needed. Plug it in and type its path (nothing: stop): ",
		number, set->first.count);
	(void)fflush(tty);
	n = getline(ret, &size, tty);
	if (n > 0 && (*ret)[n - 1] == '\n')
		(*ret)[--n] = '\0';
	if (n > 0)
		return 0;
	free(*ret);
	*ret = NULL;
	return part_set_check(set, err);
}

int bundle_parts(const struct cli *cli, char *const *paths, int count, struct part_set *ret,
	struct error *err)
{
	int r = 0;

	for (int i = 0; r == 0 && i < count; i++)
		r = part_set_add(ret, paths[i], err);
	if (r < 0)
		return r;
	if (cli->terminal)
		ret->ask = part_ask;
	return ret->ask ? 0 : part_set_check(ret, err);
}

int bundle_verify_part(const struct cli *cli, const char *path, int fd, const struct part *p)
{
	struct error err = { 0 };
	auto_json json_t *value = NULL;
	char size[SIZE_TEXT_MAX];

	if (part_copy(fd, p, NULL, NULL, &err) < 0) {
		(void)fail_in(&err, "'%s'", path);
		(void)fail_hint(&err, "Copy this part again; the others need not be.");
		return cli_error(&err);
	}
	value = json_pack("{s:s, s:I, s:I, s:I, s:I}", "name", p->name, "version",
		(json_int_t)p->version, "part", (json_int_t)p->number, "parts",
		(json_int_t)p->count, "bytes", (json_int_t)p->size);
	if (!output_value(cli, value, "name"))
		printf("part %u of %u of %s version %llu is whole: %s; its signature is checked with all "
		       "parts\n",
			p->number, p->count, p->name, (unsigned long long)p->version,
			size_format(p->size, size));
	return CLI_OK;
}

int bundle_split(const struct cli *cli, const struct args *args)
{
	const char *path = args->operands[0];
	const char *out = args_value(args, "out");
	auto_json json_t *value = NULL;
	auto_close int fd = -1;
	struct error err = { 0 };
	struct part last;
	uint64_t size;
	int r = size_parse(args_value(args, "size"), &size, &err);

	if (r == 0)
		r = bundle_open_file(path, &fd, &err);
	if (r == 0 && (r = part_split(fd, out ? out : path, size, &last, &err)) < 0)
		r = fail_in(&err, "'%s'", path);
	if (r < 0)
		return cli_error(&err);
	value = json_pack("{s:s, s:I, s:I, s:I}", "name", last.name, "version",
		(json_int_t)last.version, "parts", (json_int_t)last.count, "bytes",
		(json_int_t)last.total);
	if (!output_value(cli, value, "name"))
		printf("%s version %llu lies in %u parts: %s.001 to .%03u\n", last.name,
			(unsigned long long)last.version, last.count, out ? out : path, last.count);
	cli_next("slipway bundle import %s.*", out ? out : path);
	return CLI_OK;
}

/* Joins into a new file, which is taken away again where it does not get whole. */
static int join_into(const char *out, struct part_set *set, struct error *err)
{
	auto_close int fd = open(out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int r;

	if (fd < 0)
		return fail(err, errno, "making '%s'", out);
	r = part_set_write(set, fd, err);
	if (r == 0 && fsync(fd) < 0)
		r = fail(err, errno, "writing '%s'", out);
	if (r < 0)
		(void)unlink(out); /* what is left of it would say too little */
	return r;
}

int bundle_join(const struct cli *cli, const struct args *args)
{
	const char *out = args_value(args, "out");
	auto_part_set set = { 0 };
	auto_json json_t *value = NULL;
	struct error err = { 0 };
	int r = bundle_parts(cli, args->operands, args->n_operands, &set, &err);

	if (r == 0)
		r = join_into(out, &set, &err);
	if (r < 0)
		return cli_error(&err);
	value = json_pack("{s:s, s:I, s:I}", "name", set.first.name, "version",
		(json_int_t)set.first.version, "bytes", (json_int_t)set.first.total);
	if (!output_value(cli, value, "name"))
		printf("%s version %llu is whole again: %s\n", set.first.name,
			(unsigned long long)set.first.version, out);
	cli_next("slipway bundle import %s", out);
	return CLI_OK;
}
