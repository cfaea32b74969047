// SPDX-License-Identifier: Apache-2.0
/*
 * What was typed, checked against a verb's table.
 *
 * Options may stand before, between and behind operands; "--" ends them. A verb's own options go
 * before those that every verb has, so `bundle create -o FILE` is its file and not the format.
 */
#include <limits.h>
#include <string.h>

#include "base/log.h"
#include "provisioner/cli/cli.h"

const struct flag cli_flags[] = {
	{ .name = "output",
		.letter = 'o',
		.value = "FORMAT",
		.help = "table, wide, json, jsonl or name" },
	{ .name = "state-dir",
		.value = "DIR",
		.help = "the appliance's state (default /var/lib/slipway)" },
	{ .name = "run-dir",
		.value = "DIR",
		.help = "where the daemon's socket is (default /run/slipway)" },
	{ .name = "verbose", .help = "say more on stderr" },
	{ .name = "help", .letter = 'h', .help = "show this help" },
	{ NULL },
};

const char *args_value(const struct args *args, const char *name)
{
	for (int i = args->n_given - 1; i >= 0; i--)
		if (strcmp(args->given[i].flag->name, name) == 0)
			return args->given[i].value;
	return NULL;
}

/* The flag that arg names, and where its value starts if it is in the same word. */
static const struct flag *flag_find(const struct flag *flags, const char *arg, const char **value)
{
	for (const struct flag *f = flags; f && f->name; f++) {
		size_t n = strlen(f->name);

		if (arg[1] == '-' && strncmp(arg + 2, f->name, n) == 0 &&
			(arg[2 + n] == '\0' || arg[2 + n] == '=')) {
			*value = arg[2 + n] ? arg + 3 + n : NULL;
			return f;
		}
		if (arg[1] != '-' && f->letter && arg[1] == f->letter) {
			*value = arg[2] ? arg + 2 : NULL;
			return f;
		}
	}
	return NULL;
}

int args_take(const struct flag *flags, int argc, char **argv, int *at, struct args *args,
	struct error *err)
{
	const char *value = NULL;
	const struct flag *flag = flag_find(flags, argv[*at], &value);
	int room = (int)(sizeof(args->given) / sizeof(args->given[0]));

	if (!flag)
		return 1;
	if (!flag->value && value)
		return fail_code(err, EINVAL, NULL, "'--%s' takes no value", flag->name);
	if (flag->value && !value) {
		if (*at + 1 >= argc)
			return fail_code(
				err, EINVAL, NULL, "'--%s' needs its %s", flag->name, flag->value);
		value = argv[++*at];
	}
	if (args->n_given == room)
		return fail_code(err, EINVAL, NULL, "more than %d options", room);
	args->given[args->n_given].flag = flag;
	args->given[args->n_given++].value = value ? value : "";
	(*at)++;
	return 0;
}

static int output_parse(const char *text, enum cli_output *ret, struct error *err)
{
	static const char *const names[] = {
		[OUTPUT_TABLE] = "table",
		[OUTPUT_WIDE] = "wide",
		[OUTPUT_JSON] = "json",
		[OUTPUT_JSONL] = "jsonl",
		[OUTPUT_NAME] = "name",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], text) == 0) {
			*ret = (enum cli_output)i;
			return 0;
		}
	}
	return fail_code(err, EINVAL, NULL,
		"'%s' is no output format: table, wide, json, jsonl or name", text);
}

int cli_configure(struct cli *cli, const struct args *args, struct error *err)
{
	for (int i = 0; i < args->n_given; i++) {
		const struct flag *flag = args->given[i].flag;
		const char *value = args->given[i].value;

		if (flag == &cli_flags[0] && output_parse(value, &cli->output, err) < 0)
			return err->number;
		if (flag == &cli_flags[1])
			cli->state_dir = value;
		if (flag == &cli_flags[2])
			cli->run_dir = value;
		if (flag == &cli_flags[3])
			log_set_level(LOG_LEVEL_DEBUG);
	}
	return 0;
}

static int operand_take(struct args *args, char *operand, struct error *err)
{
	if (args->n_operands == ARGS_MAX)
		return fail_code(err, E2BIG, NULL, "more than %d operands", ARGS_MAX);
	args->operands[args->n_operands++] = operand;
	return 0;
}

static int args_parse(
	const struct verb *verb, int argc, char **argv, struct args *args, struct error *err)
{
	bool options = true;

	for (int at = 0; at < argc;) {
		int r = 1;

		if (options && strcmp(argv[at], "--") == 0) {
			options = false;
			at++;
			continue;
		}
		if (!options || argv[at][0] != '-' || argv[at][1] == '\0') {
			if (operand_take(args, argv[at++], err) < 0)
				return err->number;
			continue;
		}
		if (verb->flags)
			r = args_take(verb->flags, argc, argv, &at, args, err);
		if (r == 1)
			r = args_take(cli_flags, argc, argv, &at, args, err);
		if (r == 1)
			return fail_code(err, EINVAL, NULL, "unknown option '%s'", argv[at]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int args_check(const struct verb *verb, const struct args *args, struct error *err)
{
	if (args->n_operands < verb->min_operands)
		return fail_code(err, EINVAL, NULL, "%s is missing", verb->operands);
	if (verb->max_operands >= 0 && args->n_operands > verb->max_operands)
		return fail_code(err, EINVAL, NULL, "'%s' is one word too many",
			args->operands[verb->max_operands]);
	for (const struct flag *f = verb->flags; f && f->name; f++)
		if (f->required && !args_value(args, f->name))
			return fail_code(
				err, EINVAL, NULL, "'--%s %s' is missing", f->name, f->value);
	return 0;
}

int args_run(
	struct cli *cli, const struct noun *noun, const struct verb *verb, int argc, char **argv)
{
	struct args args = { .n_operands = 0 };
	struct error err = { 0 };
	int r = args_parse(verb, argc, argv, &args, &err);

	if (r == 0 && args_value(&args, "help")) {
		help_verb(noun, verb);
		return CLI_OK;
	}
	if (r < 0 || args_check(verb, &args, &err) < 0 || cli_configure(cli, &args, &err) < 0) {
		const char *gap = verb->name[0] ? " " : "";

		(void)fail_hint(&err, "slipway %s%s%s --help", noun->name, gap, verb->name);
		(void)cli_error(&err);
		return CLI_USAGE;
	}
	return verb->run(cli, &args);
}
