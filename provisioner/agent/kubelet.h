// SPDX-License-Identifier: Apache-2.0
/*
 * The kubelet's key, made on the machine that will use it, and the request for its certificate
 * (RFC 2986). The key leaves memory only into the new root, beside the certificate.
 */
#pragma once

#include "base/buf.h"
#include "base/error.h"

struct kubelet_key;

/* A new EC P-256 key. */
int kubelet_key_new(struct kubelet_key **ret, struct error *err);
void kubelet_key_free(struct kubelet_key *k);

/* Adds a signed request, PEM: O=organization, CN=common_name and nothing else, as the signer
 * kubernetes.io/kube-apiserver-client-kubelet wants it. */
int kubelet_key_request(const struct kubelet_key *k, const char *common_name,
	const char *organization, struct buf *out, struct error *err);

/* Adds certificates (PEM, ours first), then the key: the file kubelet calls
 * kubelet-client-current.pem. SW-4011 where the first certificate is not for this key. */
int kubelet_key_bundle(
	const struct kubelet_key *k, const char *certificates, struct buf *out, struct error *err);
