// SPDX-License-Identifier: Apache-2.0
/* An admission that runs: gathered in kubernetes_admit.c, signed in kubernetes_sign.c. */
#pragma once

#include "provisioner/daemon/csr.h"
#include "provisioner/daemon/kubernetes.h"

struct admit_job {
	struct kubernetes_job job;
	struct csr csr;
	char name[32]; /* of the CertificateSigningRequest */
	char hostname[MACHINE_NAME_MAX];
	char *registry; /* "http://ADDR[:PORT]" */
	json_t *labels; /* NULL: none */
	json_t *taints; /* NULL: none */
	unsigned minor; /* of the cluster's version */
	char *kubelet_config;
	char *ca_pem;
	char *certificate;   /* the kubelet's, PEM */
	int64_t approved_ms; /* monotonic; 0: not yet */
};

/* Has the request signed, then goes on with admit_files. */
void admit_sign(struct admit_job *a);
/* Ends the job with its files. */
void admit_files(struct admit_job *a);
/* Ends it with what went wrong. */
void admit_fail(struct admit_job *a, const struct error *cause);
