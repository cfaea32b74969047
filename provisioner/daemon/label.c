// SPDX-License-Identifier: Apache-2.0
/* Label and taint syntax. */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "provisioner/daemon/label.h"

#define NAME_MAX_LENGTH   63
#define PREFIX_MAX_LENGTH 253
#define KEY_MAX           320

static bool is_inner(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.';
}

const char *label_value_format(const char *text, char out[static LABEL_VALUE_MAX])
{
	size_t n = 0;

	for (; *text && n + 1 < LABEL_VALUE_MAX; text++)
		if (n > 0 || isalnum((unsigned char)*text))
			out[n++] = is_inner(*text) ? *text : '-';
	while (n > 0 && !isalnum((unsigned char)out[n - 1]))
		n--;
	out[n] = '\0';
	return out;
}

static bool name_valid_n(const char *s, size_t n)
{
	if (n == 0 || n > NAME_MAX_LENGTH || !isalnum((unsigned char)s[0]) ||
		!isalnum((unsigned char)s[n - 1]))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_inner(s[i]))
			return false;
	return true;
}

static bool value_valid(const char *s)
{
	return *s == '\0' || name_valid_n(s, strlen(s));
}

static bool prefix_valid(const char *s, size_t n)
{
	if (n == 0 || n > PREFIX_MAX_LENGTH)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool edge = i == 0 || i + 1 == n || s[i - 1] == '.' || s[i + 1] == '.';
		bool fine = islower((unsigned char)s[i]) || isdigit((unsigned char)s[i]);

		if (!fine && (edge || (s[i] != '-' && s[i] != '.')))
			return false;
	}
	return true;
}

bool label_key_valid(const char *key)
{
	const char *slash = strchr(key, '/');

	if (!slash)
		return name_valid_n(key, strlen(key));
	return prefix_valid(key, (size_t)(slash - key)) &&
	       name_valid_n(slash + 1, strlen(slash + 1));
}

/* True where the prefix is the domain or lies in it. */
static bool prefix_in(const char *key, const char *domain)
{
	const char *slash = strchr(key, '/');
	size_t n = slash ? (size_t)(slash - key) : 0;
	size_t d = strlen(domain);

	return n >= d && memcmp(key + n - d, domain, d) == 0 && (n == d || key[n - d - 1] == '.');
}

bool label_kubelet_may_set(const char *key)
{
	if (prefix_in(key, "node-restriction.kubernetes.io"))
		return false;
	if (prefix_in(key, "kubelet.kubernetes.io") || prefix_in(key, "node.kubernetes.io"))
		return true;
	return !prefix_in(key, "kubernetes.io") && !prefix_in(key, "k8s.io");
}

int taint_parse(const char *text, json_t **ret, struct error *err)
{
	static const char *const effects[] = { "NoSchedule", "PreferNoSchedule", "NoExecute" };
	char key[KEY_MAX] = "";
	const char *colon = strrchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;
	char *value;

	if (n == 0 || n >= sizeof(key))
		return fail_code(
			err, EINVAL, "SW-6001", "the taint '%s' is not KEY=VALUE:EFFECT", text);
	memcpy(key, text, n);
	value = strchr(key, '=');
	if (value)
		*value++ = '\0';
	else
		value = key + n;
	if (!label_key_valid(key) || !value_valid(value))
		return fail_code(
			err, EINVAL, "SW-6001", "the taint '%s' has no valid key and value", text);
	for (size_t i = 0; i < sizeof(effects) / sizeof(effects[0]); i++) {
		if (strcmp(colon + 1, effects[i]) != 0)
			continue;
		*ret = json_pack("{s:s,s:s,s:s}", "key", key, "value", value, "effect", effects[i]);
		return *ret ? 0 : fail_memory(err);
	}
	return fail_code(err, EINVAL, "SW-6001",
		"the taint '%s' has no effect: NoSchedule, PreferNoSchedule or NoExecute", text);
}
