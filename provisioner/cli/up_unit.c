// SPDX-License-Identifier: Apache-2.0
/* slipwayd.service: its file of options, systemctl, and what the journal has of a failed start. */
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/process.h"
#include "provisioner/cli/up.h"

#define UNIT      "slipwayd.service"
#define CONF_DIR  "/etc/slipway"
#define CONF_FILE CONF_DIR "/slipwayd.conf" /* as in the unit */
#define STATE_DIR "/var/lib/slipway"
#define RUN_DIR   "/run/slipway"
#define WORDS_MAX 65536

static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			      "./:,-_=@+";

bool up_unit_found(const struct cli *cli)
{
	char self[PATH_MAX] = "", unit[PATH_MAX];
	int n;

	if (sd_booted() <= 0 || strcmp(cli->state_dir, STATE_DIR) != 0 ||
		strcmp(cli->run_dir, RUN_DIR) != 0 ||
		readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return false;
	n = snprintf(unit, sizeof(unit), "%s/../lib/systemd/system/" UNIT, dirname(self));
	return n > 0 && n < (int)sizeof(unit) && file_exists(unit);
}

int up_unit_format(const struct up_options *o, struct buf *out, struct error *err)
{
	buf_puts(out, "# Written by 'slipway up', read by " UNIT ".\nSLIPWAYD_OPTIONS=");
	for (size_t i = 0; i < o->n; i++) {
		if (o->words[i][strspn(o->words[i], allowed)])
			return fail_code(err, EINVAL, "SW-1008",
				"'%s' cannot stand among the options of " UNIT, o->words[i]);
		buf_printf(out, "%s%s", i ? " " : "", o->words[i]);
	}
	buf_puts(out, "\n");
	return buf_check(out, CONF_FILE, err);
}

static int conf_write(const struct up_options *o, struct error *err)
{
	auto_buf text = { 0 };
	int r = up_unit_format(o, &text, err);

	if (r == 0)
		r = make_dirs(CONF_DIR, 0755, err);
	return r == 0 ? file_write(CONF_FILE, buf_str(&text), text.len, 0644, err) : r;
}

static int systemctl(const char *verb, struct error *err)
{
	const char *const argv[] = { "systemctl", "--quiet", verb, UNIT, NULL };

	return process_run(argv, NULL, NULL, err);
}

/* The last words of a start that failed, as slipwayd said them. */
static void journal_read(struct buf *out)
{
	static const char *const argv[] = { "journalctl", "--quiet", "--no-pager", "--boot",
		"--output=cat", "--lines=1", "--unit=" UNIT, "--identifier=slipwayd", NULL };
	struct error ignored = { 0 }; /* without them the hint tells where to look */

	(void)process_run(argv, NULL, out, &ignored);
}

static int refuse(struct error *err)
{
	auto_buf words = { .max = WORDS_MAX };
	struct error ignored = { 0 }; /* what failed is told already */

	journal_read(&words);
	(void)systemctl("disable", &ignored);
	(void)systemctl("stop", &ignored);
	(void)fail_code(err, ECHILD, "SW-1008",
		"slipwayd does not start: %.*s. It was stopped again and is not enabled",
		words.len ? (int)strcspn(buf_str(&words), "\n") : 7,
		words.len ? buf_str(&words) : "unknown");
	return fail_hint(err, "journalctl --boot --unit " UNIT);
}

int up_unit_start(const struct up_options *o, struct error *err)
{
	int r = conf_write(o, err);

	if (r == 0)
		r = systemctl("enable", err);
	if (r < 0)
		return r;
	if (systemctl("restart", err) < 0)
		return refuse(err);
	cli_say("slipwayd serves, and starts with this machine (" UNIT "); "
		"'systemctl disable --now slipwayd' ends it");
	cli_next("slipway status");
	return 0;
}
