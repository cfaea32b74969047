// SPDX-License-Identifier: Apache-2.0
/* Sends what a disk held. */
#include "provisioner/agent/undo.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "images/undo.h"

#define PIECE (128u << 10)

static bool is_worth_it(const json_t *disk, bool is_resumed)
{
	const json_t *held;
	size_t i;

	json_array_foreach (json_object_get(disk, "holds"), i, held)
		if (!is_resumed || strcmp(json_string_value(held), "unknown") != 0)
			return true;
	return false;
}

static int send_pieces(struct api *api, const struct buf *all, struct error *err)
{
	for (size_t at = 0; at < all->len; at += PIECE) {
		size_t n = all->len - at < PIECE ? all->len - at : PIECE;
		int r = api_undo(api, at, all->data + at, n, at + n == all->len, err);

		if (r < 0)
			return r;
	}
	return 0;
}

int undo_send(
	struct api *api, const char *device, const json_t *disk, bool is_resumed, struct error *err)
{
	auto_buf all = { .max = UNDO_MAX };
	int r;

	if (!is_worth_it(disk, is_resumed))
		return 0;
	r = undo_collect(device, disk, &all, err);
	if (r == 0)
		r = send_pieces(api, &all, err);
	if (r == 0)
		return 0;
	return fail_code(err, -r, "SW-3019",
		"the appliance did not take what '%s' held: %s. Nothing was written", device,
		strdupa(err->text));
}
