// SPDX-License-Identifier: Apache-2.0
/* slipwayd */
#include <stdio.h>

int main(void)
{
	fprintf(stderr, "slipwayd\n");
	return 2;
}
