// SPDX-License-Identifier: Apache-2.0
/*
 * The appliance's own identity: a P-256 key made at its first start, and a self-signed certificate
 * around it, because TLS wants one. Agents trust the key by its pin and look at nothing else of the
 * certificate, its dates least of all.
 */
#pragma once

#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"

struct tls_identity {
	char *key_pem; /* secret */
	char *cert_pem;
	struct digest pin; /* SHA-256 over the DER SubjectPublicKeyInfo */
};

/* Reads DIR/appliance.key and DIR/appliance.crt, or makes them (0600, 0644). SW-1023 where they do
 * not fit each other or cannot be read. */
int tls_identity_open(struct tls_identity *t, const char *dir, struct error *err);
void tls_identity_done(struct tls_identity *t);
