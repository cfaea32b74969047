// SPDX-License-Identifier: Apache-2.0
/* Help, from the tables of the nouns, and the word that was probably meant. */
#include <stdio.h>
#include <string.h>

#include "provisioner/cli/cli.h"

#define WORD_MAX 32

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Levenshtein's distance, of the first WORD_MAX characters. */
static size_t word_distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1];
	size_t la = least(strlen(a), WORD_MAX);
	size_t lb = least(strlen(b), WORD_MAX);

	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t change = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = least(change, least(row[j], row[j - 1]) + 1);
		}
	}
	return row[lb];
}

/* Near: at most two slips, and less than half of the word; or its beginning. */
static bool word_near(const char *typed, const char *word, size_t *best)
{
	size_t distance = word_distance(typed, word);
	size_t n = strlen(typed);

	if (n >= 2 && strncmp(typed, word, n) == 0)
		distance = 0;
	if (distance > 2 || distance * 2 > strlen(word) || distance >= *best)
		return false;
	*best = distance;
	return true;
}

const struct noun *noun_nearest(const struct noun *const *nouns, const char *typed)
{
	const struct noun *near = NULL;
	size_t best = WORD_MAX;

	for (size_t i = 0; nouns[i]; i++)
		if (word_near(typed, nouns[i]->name, &best))
			near = nouns[i];
	return near;
}

const struct verb *verb_nearest(const struct verb *verbs, const char *typed)
{
	const struct verb *near = NULL;
	size_t best = WORD_MAX;

	for (const struct verb *v = verbs; v->name; v++)
		if (word_near(typed, v->name, &best))
			near = v;
	return near;
}

static void flags_print(const struct flag *flags)
{
	for (const struct flag *f = flags; f && f->name; f++) {
		char text[64];
		char letter[] = { '-', f->letter, ',', ' ', '\0' };

		(void)snprintf(text, sizeof(text), "%s--%s%s%s", f->letter ? letter : "    ",
			f->name, f->value ? " " : "", f->value ? f->value : "");
		printf("  %-28s %s%s\n", text, f->help, f->required ? " (required)" : "");
	}
}

void help_nouns(const struct noun *const *nouns)
{
	printf("slipway - from bare metal to a Ready Kubernetes node, offline\n\n"
	       "usage: slipway NOUN VERB [options] [operands]\n\n");
	for (size_t i = 0; nouns[i]; i++)
		printf("  %-10s %s\n", nouns[i]->name, nouns[i]->help);
	printf("\noptions of every command:\n");
	flags_print(cli_flags);
	printf("\n'slipway NOUN --help' and 'slipway NOUN VERB --help' say more.\n"
	       "exit status: 0 ok, 1 failed, 2 usage, 3 not found, 4 refused, 5 timeout, 6 no daemon,\n"
	       "7 verification failed\n");
}

void help_noun(const struct noun *noun)
{
	printf("slipway %s - %s\n\n", noun->name, noun->help);
	for (const struct verb *v = noun->verbs; v->name; v++) {
		char usage[80];

		(void)snprintf(usage, sizeof(usage), "%s %s", v->name, v->operands);
		printf("  %-24s %s\n", usage, v->help);
	}
	printf("\n'slipway %s VERB --help' lists the options of one.\n", noun->name);
}

void help_verb(const struct noun *noun, const struct verb *verb)
{
	bool own = verb->flags && verb->flags->name;

	printf("usage: slipway %s%s%s [options]%s%s\n\n%s\n\n", noun->name,
		verb->name[0] ? " " : "", verb->name, verb->operands[0] ? " " : "", verb->operands,
		verb->help);
	if (own) {
		printf("options:\n");
		flags_print(verb->flags);
		printf("\n");
	}
	printf("options of every command:\n");
	flags_print(cli_flags);
}
