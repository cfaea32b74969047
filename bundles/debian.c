// SPDX-License-Identifier: Apache-2.0
/* Running mmdebstrap. */
#include "bundles/debian.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "base/process.h"

#define ARCHITECTURE "amd64"

/* Where Debian's installer and images put the machine's own sources. Other lists are no concern of
 * an image's. */
static const char *const host_sources[] = {
	"/etc/apt/sources.list",
	"/etc/apt/sources.list.d/debian.sources",
};

static void words_join(const json_t *words, const char *option, struct buf *ret)
{
	const json_t *word;
	size_t i;

	buf_puts(ret, option);
	json_array_foreach (words, i, word)
		buf_printf(ret, "%s%s", i ? "," : "", json_string_value(word));
}

/* True where this machine runs the suite itself, so that its own sources are the nearest. */
static bool host_runs(const char *suite)
{
	auto_buf text = { 0 };
	struct error ignored = { 0 };
	char line[96];

	if (file_read("/etc/os-release", 65536, &text, &ignored) < 0)
		return false;
	(void)snprintf(line, sizeof(line), "\nVERSION_CODENAME=%s\n", suite);
	return strstr(buf_str(&text), line) && strstr(buf_str(&text), "\nID=debian\n");
}

/* The sources: the recipe's mirror, this machine's, or (none given) mmdebstrap's own choice. */
static size_t sources_add(const json_t *debian, const char **argv)
{
	const char *mirror = json_str(debian, "mirror", NULL);
	size_t n = 0;

	if (mirror) {
		argv[n++] = mirror;
		return n;
	}
	if (!host_runs(json_str(debian, "suite", "")))
		return 0;
	for (size_t i = 0; i < sizeof(host_sources) / sizeof(host_sources[0]); i++)
		if (access(host_sources[i], R_OK) == 0)
			argv[n++] = host_sources[i];
	return n;
}

int debian_make(const json_t *debian, const char *tar, int64_t newest, struct error *err)
{
	auto_buf include = { 0 };
	auto_buf components = { 0 };
	char epoch[48];
	const char *env[] = { epoch, "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", NULL };
	struct process_options opts = PROCESS_OPTIONS_INIT;
	const char *argv[16] = { "mmdebstrap", "--variant=minbase", "--format=tar",
		"--architectures=" ARCHITECTURE };
	size_t n = 4;

	(void)snprintf(epoch, sizeof(epoch), "SOURCE_DATE_EPOCH=%lld", (long long)newest);
	opts.env = env;
	words_join(json_object_get(debian, "components"), "--components=", &components);
	words_join(json_object_get(debian, "packages"), "--include=", &include);
	if (json_array_size(json_object_get(debian, "components")) > 0)
		argv[n++] = buf_str(&components);
	if (json_array_size(json_object_get(debian, "packages")) > 0)
		argv[n++] = buf_str(&include);
	argv[n++] = json_str(debian, "suite", "");
	argv[n++] = tar;
	n += sources_add(debian, argv + n);
	if (buf_check(&include, "packages", err) < 0 ||
		buf_check(&components, "components", err) < 0)
		return err->number;
	if (process_run(argv, &opts, NULL, err) < 0) {
		(void)fail_in(err, "making a Debian '%s'", json_str(debian, "suite", ""));
		return fail_hint(err, "Are the package names right, and is the mirror reachable?");
	}
	return 0;
}
