// SPDX-License-Identifier: Apache-2.0
/* slipway */
#include <stdio.h>

int main(void)
{
	fprintf(stderr, "slipway\n");
	return 2;
}
