// SPDX-License-Identifier: Apache-2.0
/* Windows: read, asked, shown. */
#include "provisioner/model/window.h"

#include <stdio.h>

#include "base/json.h"
#include "provisioner/model/profile.h"

static const struct json_field fields[] = {
	{ "count", JSON_KIND_INTEGER, true, WINDOW_COUNT_MAX },
	{ "for_s", JSON_KIND_INTEGER, true, WINDOW_FOR_MAX_S },
	{ "profile", JSON_KIND_STRING, false, 63 },
	{ 0 },
};

int window_parse(const json_t *input, int64_t now_ms, struct window *ret, struct error *err)
{
	struct window w = { .opened_ms = now_ms };
	const char *profile;

	if (json_fields(input, "window", fields, err) < 0) {
		snprintf(err->code, sizeof(err->code), "SW-6004");
		return err->number;
	}
	profile = json_str(input, "profile", "");
	if (json_int(input, "count", 0) < 1 || json_int(input, "for_s", 0) < 1)
		return fail_code(err, EINVAL, "SW-6004", "count and for_s begin at 1");
	if (profile[0] && !name_valid(profile))
		return fail_code(err, EINVAL, "SW-6004", "'%s' is no name of a profile", profile);
	w.count = (unsigned)json_int(input, "count", 0);
	w.until_ms = now_ms + 1000 * json_int(input, "for_s", 0);
	snprintf(w.profile, sizeof(w.profile), "%s", profile);
	*ret = w;
	return 0;
}

bool window_open(const struct window *w, int64_t now_ms)
{
	return w->used < w->count && now_ms >= w->opened_ms && now_ms < w->until_ms;
}

json_t *window_json(const struct window *w, int64_t now_ms)
{
	return json_pack("{s:s, s:i, s:i, s:I, s:I, s:s, s:b}", "id", w->id, "count", (int)w->count,
		"used", (int)w->used, "opened_ms", (json_int_t)w->opened_ms, "until_ms",
		(json_int_t)w->until_ms, "profile", w->profile, "open", window_open(w, now_ms));
}
