// SPDX-License-Identifier: Apache-2.0
/*
 * Kubeconfigs: where an API server is and how to speak to it (Kubernetes docs, "Organizing Cluster
 * Access Using kubeconfig Files"; client-go's clientcmd/api/v1).
 *
 * Read here: the current context's cluster (server, CA) and its user (client certificate and key,
 * or token), all of them inline. `slipway cluster add` puts the files that a kubeconfig names into
 * it. What would need a program, a proxy or no verification is refused, not passed over.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"

#define KUBECONFIG_SERVER_MAX 256

struct kubeconfig {
	char server[KUBECONFIG_SERVER_MAX]; /* "https://HOST[:PORT]", no slash at the end */
	char *ca_pem;                       /* NULL: the system's authorities */
	char *cert_pem;                     /* of the user; NULL: it has a token */
	char *key_pem;                      /* secret */
	char *token;                        /* secret; NULL: it has a certificate */
};

/* Reads n bytes of YAML or JSON. Every error carries SW-4001 and tells what to do; none quotes a
 * secret. */
int kubeconfig_parse(const char *text, size_t n, struct kubeconfig *ret, struct error *err);

/* The CA of the kubeconfig that the ConfigMap kube-public/cluster-info holds: its one cluster, no
 * user. The caller frees *ret_pem. */
int kubeconfig_parse_ca(const char *text, size_t n, char **ret_pem, struct error *err);

/* Wipes what is secret. */
void kubeconfig_done(struct kubeconfig *k);
#define auto_kubeconfig __attribute__((cleanup(kubeconfig_done))) struct kubeconfig
