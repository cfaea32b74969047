// SPDX-License-Identifier: Apache-2.0
/* Reads the manifest of an OS image. */
#include "provisioner/agent/image.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"

static int check_kind(
	const struct image *i, enum plan_kind kind, const char *arch, struct error *err)
{
	const char *built_for = oci_annotation(i->manifest.json, OCI_NOTE_ARCHITECTURE);

	if (i->manifest.kind != OCI_KIND_MANIFEST || i->manifest.count == 0)
		return fail_code(err, EBADMSG, "SW-3021", "it is no manifest with layers");
	if (kind == PLAN_KIND_DISK && i->manifest.count != 1)
		return fail_code(err, EBADMSG, "SW-3021",
			"a whole disk is one blob, and it has %zu. Nothing was written",
			i->manifest.count);
	if (built_for && strcmp(built_for, arch) != 0)
		return fail_code(err, ENOTSUP, "SW-3021",
			"it is built for '%s', this machine is '%s'. Nothing was written",
			built_for, arch);
	return 0;
}

static int take_layers(struct image *i, struct error *err)
{
	i->layers = calloc(i->manifest.count, sizeof(*i->layers));
	if (!i->layers)
		return fail_memory(err);
	for (size_t n = 0; n < i->manifest.count; n++)
		i->layers[n] = (struct rootfs_layer){
			.media_type = i->manifest.items[n].media_type,
			.digest = i->manifest.items[n].digest,
			.size_bytes = i->manifest.items[n].size,
		};
	i->n_layers = i->manifest.count;
	return 0;
}

static int take_args(struct image *i, const struct plan *plan, struct error *err)
{
	const char *text = oci_annotation(i->manifest.json, OCI_NOTE_KERNEL_ARGS);
	const json_t *arg;
	size_t n, count = 0;

	if (text && json_read(text, strlen(text), &i->args, err) < 0)
		return fail_in(err, "its kernel arguments");
	if (!i->args)
		i->args = json_array();
	if (!json_is_array(i->args) || json_array_size(i->args) > PLAN_ARGS_MAX)
		return fail_code(err, EBADMSG, "SW-3021", "its kernel arguments are no short list");
	json_array_foreach (i->args, n, arg) {
		if (!json_is_string(arg))
			return fail_code(err, EBADMSG, "SW-3021", "a kernel argument is no string");
		i->kernel_args[count++] = json_string_value(arg);
	}
	for (n = 0; n < plan->n_kernel_args; n++)
		i->kernel_args[count++] = plan->kernel_args[n];
	i->kernel_args[count] = NULL;
	return 0;
}

int image_open(struct fetch *f, const struct plan *plan, const char *arch, struct image *ret,
	struct error *err)
{
	auto_image i = { 0 };
	auto_buf text = { 0 };
	int r = fetch_manifest(f, &plan->manifest, &text, err);

	if (r < 0)
		return fail_in(err, "image '%s'", plan->image);
	if ((r = oci_document_parse(buf_str(&text), text.len, OCI_ITEMS_MAX, &i.manifest, err)) <
			0 ||
		(r = check_kind(&i, plan->kind, arch, err)) < 0 || (r = take_layers(&i, err)) < 0 ||
		(r = take_args(&i, plan, err)) < 0)
		return fail_in(err, "image '%s'", plan->image);
	*ret = i;
	i = (struct image){ 0 };
	return 0;
}

void image_close(struct image *i)
{
	oci_document_done(&i->manifest);
	free(i->layers);
	json_decref(i->args);
	*i = (struct image){ 0 };
}

json_t *image_digests(const struct image *i)
{
	json_t *list = json_array();
	char text[DIGEST_TEXT_MAX];

	for (size_t n = 0; n < i->n_layers; n++)
		json_array_append_new(list, json_string(digest_format(&i->layers[n].digest, text)));
	return list;
}
