// SPDX-License-Identifier: Apache-2.0
/* The nouns of the command, each in the file of its name. */
#pragma once

#include "provisioner/cli/cli.h"

extern const struct noun audit_noun;
extern const struct noun bundle_noun;
extern const struct noun cluster_noun;
extern const struct noun enrol_noun;
extern const struct noun image_noun;
extern const struct noun machine_noun;
extern const struct noun profile_noun;
extern const struct noun registry_noun;
extern const struct noun status_noun;
extern const struct noun stick_noun;
extern const struct noun store_noun;
extern const struct noun trust_noun;
extern const struct noun up_noun;
extern const struct noun version_noun;
