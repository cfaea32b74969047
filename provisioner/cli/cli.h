// SPDX-License-Identifier: Apache-2.0
/*
 * The command: `slipway NOUN VERB`.
 *
 * Each noun is a file that ends in a table (`const struct noun bundle_noun`): its verbs, their
 * options and what help says of them. main.c finds the verb, args.c checks what was typed against
 * its table and runs it. Data goes to stdout, talk to stderr.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum cli_exit {
	CLI_OK,
	CLI_FAILED,
	CLI_USAGE,
	CLI_NOT_FOUND,
	CLI_REFUSED,
	CLI_TIMEOUT,
	CLI_NO_DAEMON,
	CLI_UNVERIFIED,
};

enum cli_output { OUTPUT_TABLE, OUTPUT_WIDE, OUTPUT_JSON, OUTPUT_JSONL, OUTPUT_NAME };

/* What holds for the whole run. */
struct cli {
	const char *program;    /* argv[0] */
	const char *state_dir;  /* --state-dir, $SLIPWAY_STATE_DIR, /var/lib/slipway */
	const char *run_dir;    /* --run-dir, $SLIPWAY_RUN_DIR, /run/slipway */
	enum cli_output output; /* -o */
	bool terminal;          /* stderr is a terminal: progress may redraw its line */
	bool color;             /* stdout is a terminal and NO_COLOR is unset */
};

/* An option of a verb. A list ends with a NULL name. */
struct flag {
	const char *name;  /* long name, without dashes */
	char letter;       /* short name; 0: none */
	const char *value; /* what help calls its value; NULL: it takes none */
	const char *help;
	bool required;
};

struct args;

/* A list ends with a NULL name. A noun that is itself the command has one verb, named "". */
struct verb {
	const char *name;
	const char *operands; /* as help writes them: "MACHINE..."; "": none */
	int min_operands;
	int max_operands;         /* -1: any number */
	const char *help;         /* one line */
	const struct flag *flags; /* NULL: none */
	/* Returns an enum cli_exit, and has said on stderr why where it is not CLI_OK. */
	int (*run)(const struct cli *cli, const struct args *args);
};

struct noun {
	const char *name;
	const char *help; /* one line */
	const struct verb *verbs;
};

#define ARGS_MAX 1024

/* What was typed after the verb, checked against its table. */
struct args {
	char *operands[ARGS_MAX];
	int n_operands;
	struct {
		const struct flag *flag;
		const char *value; /* "" where the flag takes none */
	} given[64];
	int n_given;
};

/* The last value given for an option, "" for one that takes none, NULL where it was not given. */
const char *args_value(const struct args *args, const char *name);

/* Reads one "--name value", "--name=value", "-n value" or "-nvalue" at argv[*at] and moves *at past
 * it. 0: taken; 1: argv[*at] is no option of this list; -EINVAL: its value is missing or unwanted.
 */
int args_take(const struct flag *flags, int argc, char **argv, int *at, struct args *args,
	struct error *err);

/* Checks argv (all behind the verb) and runs the verb; prints help for --help. */
int args_run(
	struct cli *cli, const struct noun *noun, const struct verb *verb, int argc, char **argv);

/* The options that every verb takes. */
extern const struct flag cli_flags[];
/* Takes those of cli_flags that were given into cli. */
int cli_configure(struct cli *cli, const struct args *args, struct error *err);

/* The noun or verb nearest to a mistyped one; NULL where none is near. */
const struct noun *noun_nearest(const struct noun *const *nouns, const char *typed);
const struct verb *verb_nearest(const struct verb *verbs, const char *typed);

void help_nouns(const struct noun *const *nouns);
void help_noun(const struct noun *noun);
void help_verb(const struct noun *noun, const struct verb *verb);

/* Says an error on stderr with its code and hint, and gives the exit code it stands for:
 * ENOENT 3, EPERM and EACCES 4, ETIMEDOUT 5, ENOTCONN 6, EBADMSG 7, EINVAL 2, others 1. */
int cli_error(const struct error *err);
/* Talk: a line on stderr. */
void cli_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Talk: the command that usually comes next. */
void cli_next(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
