// SPDX-License-Identifier: Apache-2.0
/* Puts the files that a kubeconfig names into it. */
#include <libgen.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/json.h"
#include "provisioner/cli/kubeconfig_file.h"

#define FILE_MAX (256u << 10)

static int named_read(const char *folder, const char *name, struct buf *text, struct error *err)
{
	auto_buf path = { .max = 8192 };

	if (name[0] == '/')
		buf_puts(&path, name);
	else
		buf_printf(&path, "%s/%s", folder, name);
	return file_read(buf_str(&path), FILE_MAX, text, err);
}

/* Takes obj[from], a file's name, and sets obj[to] to its base64. */
static int file_inline(
	json_t *obj, const char *folder, const char *from, const char *to, struct error *err)
{
	const char *name = json_string_value(json_object_get(obj, from));
	auto_buf content = { .max = FILE_MAX };
	auto_free char *text = NULL;

	if (!name)
		return 0;
	if (named_read(folder, name, &content, err) < 0)
		return err->number;
	text = malloc(BASE64_SIZE(content.len));
	if (!text)
		return fail_memory(err);
	base64_format((const uint8_t *)buf_str(&content), content.len, text);
	(void)json_object_del(obj, from);
	return json_object_set_new(obj, to, json_string(text)) == 0 ? 0 : fail_memory(err);
}

static int token_inline(json_t *user, const char *folder, struct error *err)
{
	const char *name = json_string_value(json_object_get(user, "tokenFile"));
	auto_buf content = { .max = FILE_MAX };

	if (!name)
		return 0;
	if (named_read(folder, name, &content, err) < 0)
		return err->number;
	while (content.len && strchr("\r\n ", content.data[content.len - 1]))
		content.data[--content.len] = '\0';
	(void)json_object_del(user, "tokenFile");
	return json_object_set_new(user, "token", json_string(buf_str(&content))) == 0
		       ? 0
		       : fail_memory(err);
}

static int config_inline(json_t *config, const char *folder, struct error *err)
{
	size_t i;
	json_t *entry;

	json_array_foreach (json_object_get(config, "clusters"), i, entry) {
		json_t *cluster = json_object_get(entry, "cluster");

		if (file_inline(cluster, folder, "certificate-authority",
			    "certificate-authority-data", err) < 0)
			return err->number;
	}
	json_array_foreach (json_object_get(config, "users"), i, entry) {
		json_t *user = json_object_get(entry, "user");

		if (file_inline(user, folder, "client-certificate", "client-certificate-data",
			    err) < 0 ||
			file_inline(user, folder, "client-key", "client-key-data", err) < 0 ||
			token_inline(user, folder, err) < 0)
			return err->number;
	}
	return 0;
}

int kubeconfig_file_read(const char *path, char **ret, struct error *err)
{
	bool from_stdin = strcmp(path, "-") == 0;
	auto_free char *copy = strdup(from_stdin ? "." : path);
	auto_buf text = { .max = FILE_MAX };
	auto_json json_t *config = NULL;

	if (!copy)
		return fail_memory(err);
	if (file_read(from_stdin ? "/dev/stdin" : path, FILE_MAX, &text, err) < 0)
		return err->number;
	if (yaml_read(buf_str(&text), text.len, path, &config, err) < 0) {
		err->number = -EIO;
		return fail_hint(err, "give a kubeconfig: kubectl config view --raw --minify");
	}
	if (config_inline(config, from_stdin ? "." : dirname(copy), err) < 0)
		return fail_in(err, "'%s' names a file", path);
	return json_write(config, ret, err);
}
