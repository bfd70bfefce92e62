/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/fatal.h"

#include <stdio.h>
#include <stdlib.h>

void fatal(const char *what, const char *why)
{
    (void)fprintf(stderr, "bench: %s: %s\n", what, why);
    exit(1);
}
