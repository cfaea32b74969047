// SPDX-License-Identifier: Apache-2.0
/* Clusters: read and shown; the credential is wiped before its memory is given back. */
#include "provisioner/model/cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "provisioner/model/profile.h"

static const struct json_field fields[] = {
	{ "name", JSON_KIND_STRING, false, 63 },
	{ "driver", JSON_KIND_STRING, false, CLUSTER_DRIVER_MAX - 1 },
	{ "kubeconfig", JSON_KIND_STRING, true, CLUSTER_CREDENTIAL_MAX },
	{ 0 },
};

void cluster_done(struct cluster *c)
{
	if (c->credential)
		explicit_bzero(c->credential, strlen(c->credential));
	free(c->credential);
	c->credential = NULL;
}

int cluster_parse(const json_t *input, const char *name, struct cluster *ret, struct error *err)
{
	struct cluster c = { 0 };

	if (json_fields(input, "cluster", fields, err) < 0) {
		snprintf(err->code, sizeof(err->code), "SW-6005");
		return err->number;
	}
	if (!name_valid(name) || strcmp(json_str(input, "name", name), name) != 0)
		return fail_code(err, EINVAL, "SW-6005",
			"'%s' is no name of a cluster: a-z, 0-9 and '-' within, at most 63", name);
	snprintf(c.name, sizeof(c.name), "%s", name);
	snprintf(c.driver, sizeof(c.driver), "%s", json_str(input, "driver", "kubernetes"));
	c.credential = strdup(json_str(input, "kubeconfig", ""));
	if (!c.credential)
		return fail_memory(err);
	*ret = c;
	return 0;
}

json_t *cluster_json(const struct cluster *c)
{
	return json_pack("{s:s, s:s}", "name", c->name, "driver", c->driver);
}
