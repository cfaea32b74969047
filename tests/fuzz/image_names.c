// SPDX-License-Identifier: Apache-2.0
/* Manifests and image lists: every name found is one that can be resolved or refused. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "bundles/image_names.h"
#include "bundles/reference.h"
#include "bundles/since.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static int name_take(const char *name, size_t line, void *arg, struct error *err)
{
	char full[REFERENCE_MAX];
	char digest[DIGEST_TEXT_MAX];
	struct error ignored = { 0 };

	(void)arg;
	(void)err;
	if (line == 0 || !*name)
		abort();
	if (reference_resolve(name, full, digest, &ignored) == 0 && !entry_name_valid(full))
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	auto_since since = { 0 };
	struct error err = { 0 };
	char *text = malloc(n + 1); /* ends with a NUL, as what is read from a file does */

	if (!text)
		return 0;
	if (n > 0)
		memcpy(text, p, n);
	text[n] = '\0';
	(void)image_names_of_manifest(text, n, name_take, NULL, &err); /* any outcome is fine */
	(void)image_names_of_list(text, n, name_take, NULL, &err);
	(void)since_parse_list(text, n, &since, &err);
	free(text);
	return 0;
}
