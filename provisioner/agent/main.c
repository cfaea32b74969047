// SPDX-License-Identifier: Apache-2.0
/* slipway-agent */
#include <stdio.h>

int main(void)
{
	fprintf(stderr, "slipway-agent\n");
	return 2;
}
