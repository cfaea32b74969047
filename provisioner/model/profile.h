// SPDX-License-Identifier: Apache-2.0
/*
 * What a machine is to become. A profile comes as YAML file or JSON body; one validation serves
 * both. It is kept as the JSON it came as, normalised: sizes in bytes, absent keys filled in.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "provisioner/model/evidence.h"

/* Checks and normalises:
 * {"name","image","disk":{...},"layout":{...},"hostname","cluster","labels":{},"taints":[],
 * "kernel_args":[],"boot","files":[{"path","mode","content"}],"match":{...}}. The name may be
 * absent from `input` where `name` (of the URL) is given; where both are there they must agree. The
 * caller owns *ret. Errors carry SW-6001 and name the key. */
int profile_parse(const json_t *input, const char *name, json_t **ret, struct error *err);

/* True where the profile's match rules select this machine: every rule given holds (globs of
 * vendor, product, serial; one of macs). A profile without rules matches nothing by itself. */
bool profile_matches(const json_t *profile, const struct evidence *e);

/* The n-th name of the profile's pattern ("r{n}" and 7: "r7"; without {n} the pattern for n 1, and
 * -ENOENT above). */
int profile_hostname(const json_t *profile, unsigned n, char *out, size_t size, struct error *err);

/* A name as used in URLs and for nodes: DNS label (RFC 1123), at most 63 characters. */
bool name_valid(const char *name);
