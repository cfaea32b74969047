// SPDX-License-Identifier: Apache-2.0
/* NoCloud documents. JSON is YAML, so what is called YAML is written as JSON. */
#include "provisioner/agent/seed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/encode.h"
#include "base/json.h"
#include "images/iso.h"

#define LABEL     "cidata"
#define DOCUMENT  "#cloud-config\n"
#define NAME_SIZE 32

/* Later starts look nowhere else for a configuration. */
#define PIN_PATH    "/etc/cloud/cloud.cfg.d/99-slipway.cfg"
#define PIN_CONTENT "datasource_list: [NoCloud, None]\n"

static void buf_clear(struct buf *b)
{
	if (b->data)
		explicit_bzero(b->data, b->cap);
}

/* A command that runs at the first start only, under a name of its own. */
static json_t *once(const json_t *commands, json_t *argv)
{
	char name[NAME_SIZE];
	json_t *command;

	(void)snprintf(name, sizeof(name), "slipway-%zu", json_array_size(commands));
	command = json_pack("[s, s, s]", "cloud-init-per", "once", name);
	if (command)
		json_array_extend(command, argv);
	json_decref(argv);
	return command;
}

static int add_link(json_t *commands, const struct plan_file *file, struct error *err)
{
	auto_free char *folder = strdup(file->path);

	if (!folder)
		return fail_memory(err);
	*strrchr(folder, '/') = '\0';
	if (folder[0])
		json_array_append_new(
			commands, once(commands, json_pack("[s, s, s]", "mkdir", "-p", folder)));
	json_array_append_new(commands,
		once(commands, json_pack("[s, s, s, s]", "ln", "-sfn", file->link, file->path)));
	return 0;
}

static int add_content(
	json_t *files, const struct plan_file *file, const struct buf *content, struct error *err)
{
	auto_free char *text = malloc(BASE64_SIZE(content->len));
	char mode[8];

	if (!text)
		return fail_memory(err);
	base64_format((const uint8_t *)buf_str(content), content->len, text);
	(void)snprintf(mode, sizeof(mode), "%04o", (unsigned)file->mode);
	json_array_append_new(
		files, json_pack("{s:s, s:s, s:s, s:s, s:s}", "path", file->path, "permissions",
			       mode, "owner", "root:root", "encoding", "b64", "content", text));
	explicit_bzero(text, BASE64_SIZE(content->len));
	return 0;
}

static int add_file(const struct join *join, const json_t *json, json_t *files, json_t *commands,
	struct error *err)
{
	auto_buf content = { 0 };
	struct plan_file file;
	int r = join_file_read(join, json, &file, &content, err);

	if (r == 0 && (file.uid != 0 || file.gid != 0))
		r = fail_code(err, ENOTSUP, "SW-3023",
			"'%s' is to belong to another than root, which a disk image cannot be told",
			file.path);
	if (r == 0)
		r = file.link ? add_link(commands, &file, err)
			      : add_content(files, &file, &content, err);
	buf_clear(&content);
	return r;
}

static int add_files(const struct join *join, const json_t *list, json_t *files, json_t *commands,
	struct error *err)
{
	const json_t *json;
	size_t i;
	int r;

	json_array_foreach (list, i, json)
		if ((r = add_file(join, json, files, commands, err)) < 0)
			return r;
	return 0;
}

/* A kubelet that started before its files were there starts anew. */
static json_t *last_commands(const struct plan *p)
{
	if (!p->common_name)
		return json_array();
	return json_pack("[[s, s], [s, s, s, s, s]]", "systemctl", "daemon-reload", "systemctl",
		"--no-block", "try-restart", "containerd.service", "kubelet.service");
}

static int user_data(
	const struct plan *p, const struct join *join, struct buf *out, struct error *err)
{
	json_t *files = json_array(), *commands = json_array();
	auto_json json_t *doc =
		json_pack("{s:s, s:b, s:o, s:o, s:o}", "hostname", p->hostname, "preserve_hostname",
			0, "write_files", files, "bootcmd", commands, "runcmd", last_commands(p));
	const struct plan_file pin = { .path = PIN_PATH, .mode = 0644 };
	auto_buf pin_content = { 0 };
	auto_free char *text = NULL;
	int r;

	if (!doc)
		return fail_memory(err);
	buf_puts(&pin_content, PIN_CONTENT);
	if ((r = add_content(files, &pin, &pin_content, err)) < 0 ||
		(r = add_files(join, p->files, files, commands, err)) < 0 ||
		(r = add_files(join, join->files, files, commands, err)) < 0 ||
		(r = json_write(doc, &text, err)) < 0)
		return r;
	buf_puts(out, DOCUMENT);
	buf_puts(out, text);
	buf_puts(out, "\n");
	explicit_bzero(text, strlen(text));
	return buf_check(out, "the machine's configuration", err);
}

/* A new instance each time: what cloud-init does once it does for this system, too. */
static int meta_data(const struct plan *p, char **ret, struct error *err)
{
	auto_json json_t *doc =
		json_pack("{s:s, s:s}", "instance-id", p->id, "local-hostname", p->hostname);

	return doc ? json_write(doc, ret, err) : fail_memory(err);
}

int seed_make(const struct plan *p, const struct join *join, const char *receipt, struct buf *out,
	struct error *err)
{
	auto_buf user = { 0 };
	auto_free char *meta = NULL;
	int r = user_data(p, join, &user, err);

	if (r == 0)
		r = meta_data(p, &meta, err);
	if (r == 0) {
		const struct iso_file files[] = {
			{ "meta-data", meta, strlen(meta) },
			{ "receipt.json", receipt, strlen(receipt) },
			{ "user-data", buf_str(&user), user.len },
		};

		r = iso_make(LABEL, files, sizeof(files) / sizeof(files[0]), out, err);
	}
	buf_clear(&user);
	return r;
}
