// SPDX-License-Identifier: Apache-2.0
/*
 * Certificate requests of kubelets (PKCS #10, RFC 2986), checked before anybody signs them.
 *
 * What Kubernetes' signer kubernetes.io/kube-apiserver-client-kubelet asks for, and no more: the
 * subject is exactly O=system:nodes, CN=system:node:NAME, there are no names or extensions beside
 * it, the key is EC P-256 or RSA of 2048 bits or more, and the requester holds it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define CSR_PEM_MAX  16384
#define CSR_NODE_MAX 254 /* a DNS name and NUL */

struct csr {
	char node[CSR_NODE_MAX];
	bool rsa;  /* false: EC P-256 */
	char *pem; /* as we pass it on: written anew from what was checked */
	void *req; /* X509_REQ */
};

void csr_done(struct csr *c);
#define auto_csr __attribute__((cleanup(csr_done))) struct csr

/* Reads one PEM block and checks it against the node's name. Errors carry SW-4010 and say which
 * rule is broken. */
int csr_parse(const char *pem, size_t n, const char *node, struct csr *ret, struct error *err);

/* 0 where the certificate (PEM, its first block) is for the request's key and subject. SW-4011. */
int csr_matches(const struct csr *c, const char *certificate_pem, struct error *err);
