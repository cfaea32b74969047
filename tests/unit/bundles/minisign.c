// SPDX-License-Identifier: Apache-2.0
/* Keys and signatures: our own round trip, files that minisign 0.11 wrote, and every damaged byte.
 */
#include "tests/unit/unit.h"

#include <string.h>

#include "bundles/minisign.h"

/* minisign -G -W; minisign -S -m f -t 'tc here', where f holds "hi\n" */
#define THEIR_PUBLIC                                                                               \
	"untrusted comment: minisign public key 7AE95F7622E62C15\n"                                \
	"RWQVLOYidl/pep1O/AkcianF6ZuwfG4NzeXYHqMpfkDD0Pz08VgRvKqk\n"
#define THEIR_SECRET                                                                                           \
	"untrusted comment: minisign encrypted secret key\n"                                                   \
	"RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAFSzmInZf6XqlPkeOZq94x22m"     \
	"9yKmZ0M5jH3lfr/V+Xq/rx45o7GIHJ1O/AkcianF6ZuwfG4NzeXYHqMpfkDD0Pz08VgRvKqkAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
	"AAAAAAAAAAAAAAA=\n"
#define THEIR_SIGNATURE                                                                                          \
	"untrusted comment: signature from minisign secret key\n"                                                \
	"RUQVLOYidl/pejH1BRrxyAUT4/nZWWLU/FqzJXKdynuNsWmaCW/j+YsGxOKWnVY1fhJUUerzGVsqUigRtQP6E5c19qKQeu6RYgI=\n" \
	"trusted comment: tc here\n"                                                                             \
	"EJ/n+j5AN45Au6Vrb1jHmYqVBFF4kpqd2QASjRy5TSs9caq/s4IqAmEODzI12f2nGXES0jKFosfOmU3acW3BCQ==\n"

static int check(const char *sig_text, size_t n, const char *content)
{
	struct minisign_public pub;
	struct minisign_signature sig;
	struct error err = { 0 };

	if (minisign_public_parse(THEIR_PUBLIC, strlen(THEIR_PUBLIC), &pub, &err) < 0 ||
		minisign_signature_parse(sig_text, n, &sig, &err) < 0)
		return err.number;
	return minisign_verify(&pub, &sig, content, strlen(content), &err);
}

static void minisign_accepts_theirs(void **state)
{
	(void)state;
	assert_int_equal(check(THEIR_SIGNATURE, strlen(THEIR_SIGNATURE), "hi\n"), 0);
	assert_int_equal(check(THEIR_SIGNATURE, strlen(THEIR_SIGNATURE), "ho\n"), -EBADMSG);
}

/* Only the untrusted comment and how lines end may differ from what was signed. */
static void minisign_refuses_every_change(void **state)
{
	size_t first = strlen("untrusted comment: signature from minisign secret key\n");
	size_t n = strlen(THEIR_SIGNATURE);

	(void)state;
	for (size_t i = first; i < n - 1; i++) {
		char changed[] = THEIR_SIGNATURE;

		changed[i] ^= 1;
		if (check(changed, n, "hi\n") == 0)
			test_failed("a change of byte %zu was accepted", i);
	}
	for (size_t i = 0; i < n - 1; i++)
		assert_int_not_equal(check(THEIR_SIGNATURE, i, "hi\n"), 0);
}

static void minisign_reads_their_secret(void **state)
{
	struct minisign_secret key;
	struct minisign_public pub;
	struct error err = { 0 };
	char text[MINISIGN_FILE_MAX];
	struct minisign_signature sig;
	char id[MINISIGN_ID_TEXT];

	(void)state;
	assert_false(minisign_secret_encrypted(THEIR_SECRET, strlen(THEIR_SECRET)));
	assert_int_equal(
		minisign_secret_parse(THEIR_SECRET, strlen(THEIR_SECRET), NULL, &key, &err), 0);
	assert_int_equal(minisign_public_parse(THEIR_PUBLIC, strlen(THEIR_PUBLIC), &pub, &err), 0);
	assert_memory_equal(&key.public, &pub, sizeof(pub));
	assert_string_equal(minisign_id_format(pub.id, id), "7AE95F7622E62C15");
	assert_int_equal(minisign_sign(&key, "x", 1, "one line", text, &err), 0);
	assert_int_equal(minisign_signature_parse(text, strlen(text), &sig, &err), 0);
	assert_string_equal(sig.comment, "one line");
	assert_int_equal(minisign_verify(&pub, &sig, "x", 1, &err), 0);
	assert_int_equal(minisign_verify(&pub, &sig, "y", 1, &err), -EBADMSG);
}

static void minisign_keeps_its_own(void **state)
{
	struct minisign_secret key;
	struct minisign_secret back;
	struct error err = { 0 };
	char text[MINISIGN_FILE_MAX];

	(void)state;
	assert_int_equal(minisign_generate(&key, &err), 0);
	assert_int_equal(minisign_secret_format(&key, NULL, text, &err), 0);
	assert_int_equal(minisign_secret_parse(text, strlen(text), NULL, &back, &err), 0);
	assert_memory_equal(&key, &back, sizeof(key));
	minisign_public_format(&key.public, text);
	assert_int_equal(minisign_public_parse(text, strlen(text), &back.public, &err), 0);
	assert_memory_equal(&key.public, &back.public, sizeof(key.public));
}

static void minisign_refuses_what_is_no_key(void **state)
{
	static const char *const not_keys[] = {
		"",
		"\n",
		"untrusted comment: x\n",
		"untrusted comment: x\nAAAA\n",
		"hello\nworld\n",
		"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n",
		THEIR_SIGNATURE,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(not_keys) / sizeof(*not_keys); i++) {
		struct minisign_public pub;
		struct minisign_secret key;
		struct error err = { 0 };
		const char *p = not_keys[i];

		assert_int_equal(minisign_public_parse(p, strlen(p), &pub, &err), -EINVAL);
		assert_int_equal(minisign_secret_parse(p, strlen(p), NULL, &key, &err), -EINVAL);
		assert_string_equal(err.code, "SW-2010");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(minisign_accepts_theirs),
		cmocka_unit_test(minisign_refuses_every_change),
		cmocka_unit_test(minisign_reads_their_secret),
		cmocka_unit_test(minisign_keeps_its_own),
		cmocka_unit_test(minisign_refuses_what_is_no_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
