// SPDX-License-Identifier: Apache-2.0
/* Keys and signatures from files: what is read can be written and read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bundles/minisign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct minisign_public key;
	struct minisign_public again;
	struct minisign_secret secret;
	struct minisign_signature sig;
	struct error err = { 0 };
	char out[MINISIGN_FILE_MAX];

	if (minisign_public_parse(text, size, &key, &err) == 0) {
		minisign_public_format(&key, out);
		if (minisign_public_parse(out, strlen(out), &again, &err) < 0 ||
			memcmp(&key, &again, sizeof(key)) != 0)
			abort();
	}
	if (minisign_signature_parse(text, size, &sig, &err) == 0 &&
		strnlen(sig.comment, sizeof(sig.comment)) == sizeof(sig.comment))
		abort();
	if (!minisign_secret_encrypted(text, size))
		(void)minisign_secret_parse(
			text, size, NULL, &secret, &err); /* any outcome is fine */
	return 0;
}
