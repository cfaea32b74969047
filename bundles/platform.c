// SPDX-License-Identifier: Apache-2.0
/* Choosing among the architectures of an image. */
#include "bundles/platform.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"

/* The i-th word of a list, NULL behind its end. */
static const char *word_at(const json_t *wanted, size_t i)
{
	if (!wanted)
		return i == 0 ? PLATFORM_OURS : NULL;
	return json_string_value(json_array_get(wanted, i));
}

bool platform_wants_all(const json_t *wanted)
{
	const char *first = word_at(wanted, 0);

	return first && strcmp(first, "all") == 0;
}

static bool word_valid(const char *word)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t n = strspn(word, allowed);
	size_t v;

	if (n == 0 || n >= sizeof(((struct platform *)0)->architecture))
		return false;
	if (!word[n])
		return true;
	v = strspn(word + n + 1, allowed);
	return word[n] == '/' && v > 0 && v < sizeof(((struct platform *)0)->variant) &&
	       !word[n + 1 + v];
}

int platform_words_check(const json_t *wanted, const char *what, struct error *err)
{
	const char *word;

	if (wanted && json_array_size(wanted) == 0)
		return fail_code(err, EINVAL, NULL, "%s: 'arch' names no architecture", what);
	for (size_t i = 0; wanted && (word = word_at(wanted, i)); i++) {
		if (!word_valid(word))
			return fail_code(err, EINVAL, NULL,
				"%s: '%.40s' is no architecture as in amd64, arm64 or arm/v7", what,
				word);
		if (strcmp(word, "all") == 0 && json_array_size(wanted) > 1)
			return fail_code(err, EINVAL, NULL, "%s: 'all' stands alone", what);
	}
	return 0;
}

struct platform platform_of(const json_t *json)
{
	struct platform p = { 0 };

	(void)snprintf(p.architecture, sizeof(p.architecture), "%s",
		json_str(json, "architecture", "")); /* a longer one is none that we know */
	(void)snprintf(p.variant, sizeof(p.variant), "%s", json_str(json, "variant", ""));
	return p;
}

/* A word without a variant takes any; "v8" is what every arm64 is. */
static bool word_fits(const char *word, const struct platform *p)
{
	size_t n = strcspn(word, "/");
	const char *variant = word[n] ? word + n + 1 : "";

	if (strlen(p->architecture) != n || strncmp(p->architecture, word, n) != 0)
		return false;
	return !*variant || strcmp(variant, p->variant) == 0 ||
	       (!p->variant[0] && strcmp(word, "arm64/v8") == 0);
}

static const char *or_none(const char *text)
{
	return *text ? text : "none that is named";
}

int platform_check(const json_t *wanted, const struct platform *p, struct error *err)
{
	const char *word;

	if (platform_wants_all(wanted) || !p->architecture[0])
		return 0;
	for (size_t i = 0; (word = word_at(wanted, i)); i++)
		if (!word_fits(word, p))
			return fail_code(err, EINVAL, "SW-6005",
				"it is for '%s' only, and '%s' is asked for", p->architecture,
				word);
	return 0;
}

static struct platform item_platform(const struct oci_descriptor *item)
{
	const json_t *json = json_object_get(item->json, "platform");
	bool linux_os = strcmp(json_str(json, "os", ""), "linux") == 0;

	return linux_os ? platform_of(json) : (struct platform){ 0 };
}

static int fail_absent(const struct oci_document *index, const char *word, struct error *err)
{
	auto_buf there = { .max = 400 };

	for (size_t i = 0; i < index->count; i++) {
		struct platform p = item_platform(&index->items[i]);

		if (p.architecture[0])
			buf_printf(&there, "%s%s%s%s", there.len ? ", " : "", p.architecture,
				p.variant[0] ? "/" : "", p.variant);
	}
	return fail_code(err, EINVAL, "SW-6005", "it has no image for linux/%s; it has: %s", word,
		or_none(buf_str(&there)));
}

int platform_pick(const struct oci_document *index, const json_t *wanted, bool *keep,
	size_t *ret_kept, struct error *err)
{
	bool all = platform_wants_all(wanted);
	const char *word;

	for (size_t i = 0; i < index->count; i++)
		keep[i] = all;
	for (size_t w = 0; !all && (word = word_at(wanted, w)); w++) {
		bool found = false;

		for (size_t i = 0; i < index->count; i++) {
			struct platform p = item_platform(&index->items[i]);

			if (!word_fits(word, &p))
				continue;
			keep[i] = true;
			found = true;
		}
		if (!found)
			return fail_absent(index, word, err);
	}
	*ret_kept = 0;
	for (size_t i = 0; i < index->count; i++)
		*ret_kept += keep[i];
	return 0;
}
