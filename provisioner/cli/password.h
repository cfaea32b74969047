// SPDX-License-Identifier: Apache-2.0
/* A password from the terminal, not shown while it is typed. */
#pragma once

#include <stddef.h>

#include "base/error.h"

#define PASSWORD_MAX 1024

/* Asks on the terminal; out has PASSWORD_MAX bytes, which the caller wipes. -ENOTTY: there is none.
 */
int password_ask(const char *prompt, char *out, struct error *err);
/* Asks twice for a new one. */
int password_ask_new(char *out, struct error *err);
