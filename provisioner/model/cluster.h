// SPDX-License-Identifier: Apache-2.0
/* A cluster: where machines join. The credential is kept apart from what is shown. */
#pragma once

#include <jansson.h>

#include "base/error.h"
#include "provisioner/model/machine.h"

#define CLUSTER_DRIVER_MAX     32
#define CLUSTER_CREDENTIAL_MAX (256u << 10)

struct cluster {
	char name[MACHINE_NAME_MAX];
	char driver[CLUSTER_DRIVER_MAX]; /* "kubernetes" */
	char *credential;                /* the kubeconfig's text: secret, never shown or logged */
};

void cluster_done(struct cluster *c);
#define auto_cluster __attribute__((cleanup(cluster_done))) struct cluster

/* {"driver","kubeconfig"} for `name`; the driver's own reading of the credential comes later. */
int cluster_parse(const json_t *input, const char *name, struct cluster *ret, struct error *err);
/* {"name","driver"}: nothing secret. */
json_t *cluster_json(const struct cluster *c);
