// SPDX-License-Identifier: Apache-2.0
/* What libmicrohttpd has to say, for both of its servers. */
#pragma once

#include <stdarg.h>

/* MHD_OPTION_EXTERNAL_LOGGER: at level debug, for most of it is peers that went away. */
void http_log(void *arg, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
