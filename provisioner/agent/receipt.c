// SPDX-License-Identifier: Apache-2.0
/* Receipts. */
#include "provisioner/agent/receipt.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/version.h"

static json_t *blobs_json(const struct image *image)
{
	json_t *list = json_array();
	char text[DIGEST_TEXT_MAX];

	for (size_t i = 0; i < image->n_layers; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:I}", "digest",
				      digest_format(&image->layers[i].digest, text), "size_bytes",
				      (json_int_t)image->layers[i].size_bytes));
	return list;
}

int receipt_make(const struct plan *p, const struct image *image, const json_t *disk,
	const struct cmdline *appliance, char **ret, struct error *err)
{
	char manifest[DIGEST_TEXT_MAX], pin[DIGEST_TEXT_MAX], when[TIME_TEXT_MAX];
	auto_json json_t *receipt = json_pack(
		"{s:s, s:s, s:{s:s, s:s, s:s, s:s, s:o}, s:O, s:s, s:{s:s, s:s}, s:s}", "plan",
		p->id, "hostname", p->hostname, "image", "name", p->image, "repository",
		p->repository, "manifest", digest_format(&p->manifest, manifest), "kind",
		plan_kind_name(p->kind), "blobs", blobs_json(image), "disk", disk, "written",
		time_format(now_ms(), when), "appliance", "address", appliance->server, "key",
		digest_format(&appliance->pin, pin), "agent", SLIPWAY_VERSION);

	return receipt ? json_write(receipt, ret, err) : fail_memory(err);
}
