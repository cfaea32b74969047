// SPDX-License-Identifier: Apache-2.0
/* Two tables: errno to status, status to title. */
#include "provisioner/daemon/problem.h"

#include <stddef.h>
#include <string.h>

static const struct {
	int errnum;
	int status;
} statuses[] = {
	{ EINVAL, 400 },
	{ EACCES, 403 },
	{ EPERM, 403 },
	{ ENOENT, 404 },
	{ EOPNOTSUPP, 405 },
	{ EEXIST, 409 },
	{ EBUSY, 409 },
	{ EFBIG, 413 },
	{ ESHUTDOWN, 503 },
	{ ENOSPC, 507 },
};

static const struct {
	int status;
	const char *title;
} titles[] = {
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 409, "Conflict" },
	{ 413, "Content Too Large" },
	{ 422, "Unprocessable Content" },
	{ 500, "Internal Server Error" },
	{ 503, "Service Unavailable" },
	{ 507, "Insufficient Storage" },
};

int problem_status(const struct error *err)
{
	if (strcmp(err->code, "SW-5001") == 0)
		return 401; /* who speaks is not known, as against what they may not do */
	if (strncmp(err->code, "SW-6", 4) == 0 && strcmp(err->code, "SW-6006") != 0)
		return 422; /* a profile or recipe that is well-formed and can't be carried out */
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (statuses[i].errnum == -err->number)
			return statuses[i].status;
	}
	return 500;
}

const char *problem_title(int status)
{
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		if (titles[i].status == status)
			return titles[i].title;
	}
	return "Error";
}

json_t *problem_json(const struct error *err, int status)
{
	return json_pack("{s:s, s:s, s:i, s:s, s:s, s:s}", "type", "about:blank", "title",
		problem_title(status), "status", status, "detail", err->text, "code", err->code,
		"hint", err->hint);
}
