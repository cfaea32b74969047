// SPDX-License-Identifier: Apache-2.0
/* SHA-256 digests as OCI writes them. */
#include "base/digest.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/encode.h"

#define PREFIX "sha256:"

int digest_start(struct digest_state *s, struct error *err)
{
	s->ctx = EVP_MD_CTX_new();
	if (!s->ctx)
		return fail_memory(err);
	if (EVP_DigestInit_ex(s->ctx, EVP_sha256(), NULL) != 1)
		return fail_code(err, EIO, NULL, "starting SHA-256 failed");
	return 0;
}

int digest_update(struct digest_state *s, const void *p, size_t n, struct error *err)
{
	if (EVP_DigestUpdate(s->ctx, p, n) != 1)
		return fail_code(err, EIO, NULL, "SHA-256 failed");
	return 0;
}

int digest_end(struct digest_state *s, struct digest *ret, struct error *err)
{
	int ok = EVP_DigestFinal_ex(s->ctx, ret->bytes, NULL);

	digest_stop(s);
	return ok == 1 ? 0 : fail_code(err, EIO, NULL, "finishing SHA-256 failed");
}

int digest_peek(const struct digest_state *s, struct digest *ret, struct error *err)
{
	struct digest_state copy = { EVP_MD_CTX_new() };

	if (!copy.ctx)
		return fail_memory(err);
	if (EVP_MD_CTX_copy_ex(copy.ctx, s->ctx) == 1)
		return digest_end(&copy, ret, err);
	digest_stop(&copy);
	return fail_code(err, EIO, NULL, "copying SHA-256's state failed");
}

void digest_stop(struct digest_state *s)
{
	EVP_MD_CTX_free(s->ctx);
	s->ctx = NULL;
}

int digest_of(const void *p, size_t n, struct digest *ret, struct error *err)
{
	if (EVP_Digest(p, n, ret->bytes, NULL, EVP_sha256(), NULL) != 1)
		return fail_code(err, EIO, NULL, "SHA-256 failed");
	return 0;
}

int digest_parse_hex(const char *hex, struct digest *ret, struct error *err)
{
	for (const char *s = hex; *s; s++)
		if (*s >= 'A' && *s <= 'F')
			return fail_code(err, EINVAL, NULL, "digest '%.80s' is not lower case",
				hex);
	return hex_parse(hex, ret->bytes, DIGEST_SIZE, err);
}

int digest_parse(const char *text, struct digest *ret, struct error *err)
{
	if (strncmp(text, PREFIX, strlen(PREFIX)) != 0)
		return fail_code(err, EINVAL, NULL, "'%.80s' is not a sha256 digest", text);
	if (digest_parse_hex(text + strlen(PREFIX), ret, err) < 0)
		return fail_in(err, "digest '%.80s'", text);
	return 0;
}

const char *digest_hex(const struct digest *d, char out[static DIGEST_TEXT_MAX])
{
	hex_format(d->bytes, DIGEST_SIZE, out);
	return out;
}

const char *digest_format(const struct digest *d, char out[static DIGEST_TEXT_MAX])
{
	memcpy(out, PREFIX, strlen(PREFIX));
	hex_format(d->bytes, DIGEST_SIZE, out + strlen(PREFIX));
	return out;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, DIGEST_SIZE) == 0;
}
