// SPDX-License-Identifier: Apache-2.0
/* Its lines become ours. */
#include "provisioner/daemon/http_log.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

void http_log(void *arg, const char *fmt, va_list ap)
{
	char line[256];

	(void)arg;
	vsnprintf(line, sizeof(line), fmt, ap);
	line[strcspn(line, "\n")] = 0;
	log_debug("http: %s", line);
}
