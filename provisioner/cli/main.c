// SPDX-License-Identifier: Apache-2.0
/* slipway: finds the noun and the verb. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "provisioner/cli/cli.h"
#include "provisioner/cli/nouns.h"

static const struct noun *const nouns[] = {
	&up_noun,
	&status_noun,
	&machine_noun,
	&enrol_noun,
	&profile_noun,
	&cluster_noun,
	&image_noun,
	&bundle_noun,
	&store_noun,
	&trust_noun,
	&registry_noun,
	&stick_noun,
	&audit_noun,
	&version_noun,
	NULL,
};

static const struct noun *noun_find(const char *name)
{
	for (size_t i = 0; nouns[i]; i++)
		if (strcmp(nouns[i]->name, name) == 0)
			return nouns[i];
	return NULL;
}

static const struct verb *verb_find(const struct noun *noun, const char *name)
{
	for (const struct verb *v = noun->verbs; v->name; v++)
		if (strcmp(v->name, name) == 0)
			return v;
	return NULL;
}

static int noun_unknown(const char *typed)
{
	const struct noun *near = noun_nearest(nouns, typed);

	if (near)
		cli_say("slipway: '%s' is no command. Did you mean '%s'?", typed, near->name);
	else
		cli_say("slipway: '%s' is no command. 'slipway --help' lists them.", typed);
	return CLI_USAGE;
}

static int verb_unknown(const struct noun *noun, const char *typed)
{
	const struct verb *near = verb_nearest(noun->verbs, typed);

	if (near)
		cli_say("slipway: '%s' has no '%s'. Did you mean 'slipway %s %s'?", noun->name,
			typed, noun->name, near->name);
	else
		cli_say("slipway: '%s' has no '%s'. 'slipway %s --help' lists what it has.",
			noun->name, typed, noun->name);
	return CLI_USAGE;
}

static bool is_help(const char *arg)
{
	return strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0 || strcmp(arg, "help") == 0;
}

static int noun_run(struct cli *cli, const struct noun *noun, int argc, char **argv)
{
	const struct verb *verb;

	if (noun->verbs[0].name[0] == '\0')
		return args_run(cli, noun, noun->verbs, argc, argv);
	if (argc == 0 || is_help(argv[0])) {
		help_noun(noun);
		return argc == 0 ? CLI_USAGE : CLI_OK;
	}
	verb = verb_find(noun, argv[0]);
	if (!verb)
		return verb_unknown(noun, argv[0]);
	return args_run(cli, noun, verb, argc - 1, argv + 1);
}

static bool stands_alone(const char *arg)
{
	return is_help(arg) || strcmp(arg, "--version") == 0;
}

static const char *env_or(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

/* Takes the options that stand before the noun; *at is left on the noun. */
static int leading_options(struct cli *cli, int argc, char **argv, int *at)
{
	struct args args = { .n_given = 0 };
	struct error err = { 0 };
	int r = 0;

	while (r == 0 && *at < argc && argv[*at][0] == '-' && !stands_alone(argv[*at]))
		r = args_take(cli_flags, argc, argv, at, &args, &err);
	if (r == 1) {
		cli_say("slipway: unknown option '%s'. 'slipway --help' lists what there is.",
			argv[*at]);
		return CLI_USAGE;
	}
	if (r < 0 || cli_configure(cli, &args, &err) < 0)
		return cli_error(&err);
	return CLI_OK;
}

int main(int argc, char **argv)
{
	struct cli cli = {
		.program = argc > 0 ? argv[0] : "slipway",
		.state_dir = env_or("SLIPWAY_STATE_DIR", "/var/lib/slipway"),
		.run_dir = env_or("SLIPWAY_RUN_DIR", "/run/slipway"),
		.terminal = isatty(STDERR_FILENO),
		.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR"),
	};
	const struct noun *noun;
	int at = 1;
	int r = leading_options(&cli, argc, argv, &at);

	if (r != CLI_OK)
		return r;
	if (at >= argc || is_help(argv[at])) {
		help_nouns(nouns);
		return at >= argc ? CLI_USAGE : CLI_OK;
	}
	noun = noun_find(strcmp(argv[at], "--version") == 0 ? "version" : argv[at]);
	if (!noun)
		return noun_unknown(argv[at]);
	r = noun_run(&cli, noun, argc - at - 1, argv + at + 1);
	if (fflush(stdout) != 0 && r == CLI_OK) {
		cli_say("slipway: the output could not be written.");
		return CLI_FAILED;
	}
	return r;
}
