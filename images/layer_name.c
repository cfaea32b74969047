// SPDX-License-Identifier: Apache-2.0
/* Names in a layer. */
#include <stdbool.h>
#include <string.h>

#include "images/layer_name.h"

#define COMPONENT_MAX 255
#define WHITEOUT      ".wh."
#define OPAQUE        ".wh..wh..opq"
#define DRIVER_MARK   ".wh..wh."

static bool is_dots(const char *p, size_t n)
{
	return (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.');
}

/* Joins the plain components of `name` into out; the position of the last one, or -EINVAL. */
static int path_join(const char *name, char out[static LAYER_PATH_MAX])
{
	size_t len = 0, last = 0;

	for (const char *p = name; *p;) {
		size_t n = strcspn(p, "/");

		if (n > COMPONENT_MAX || (n == 2 && strncmp(p, "..", 2) == 0))
			return -EINVAL;
		if (n > 0 && !is_dots(p, n)) {
			if (n + 2 > LAYER_PATH_MAX - len)
				return -EINVAL;
			if (len > 0)
				out[len++] = '/';
			last = len;
			memcpy(out + len, p, n);
			len += n;
		}
		p += n + (p[n] == '/');
	}
	out[len] = '\0';
	return (int)last;
}

int layer_name_read(const char *name, char out[static LAYER_PATH_MAX], enum layer_name_kind *ret,
	struct error *err)
{
	size_t mark = strlen(WHITEOUT);
	int last = path_join(name, out);
	char *base;

	if (last < 0)
		return fail_code(
			err, EINVAL, "SW-3011", "'%s' is no name for a layer's entry", name);
	base = out + last;
	*ret = LAYER_NAME_ENTRY;
	if (strncmp(base, WHITEOUT, mark) != 0)
		return 0;
	if (strcmp(base, OPAQUE) == 0) {
		*ret = LAYER_NAME_OPAQUE;
		base[last > 0 ? -1 : 0] = '\0';
		return 0;
	}
	if (strncmp(base, DRIVER_MARK, strlen(DRIVER_MARK)) == 0) {
		*ret = LAYER_NAME_IGNORED;
		return 0;
	}
	if (base[mark] == '\0' || is_dots(base + mark, strlen(base + mark)))
		return fail_code(err, EINVAL, "SW-3011", "'%s' is no whiteout of anything", name);
	*ret = LAYER_NAME_WHITEOUT;
	memmove(base, base + mark, strlen(base + mark) + 1);
	return 0;
}
