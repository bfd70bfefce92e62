/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sparkline: 15 minutes of a topology as 60 numbers. Pure; any thread.
 */
#ifndef UI_API_SPARK_H
#define UI_API_SPARK_H

#include <jansson.h>

#include "base/attribute.h"

enum {
    SPARK_POINTS = 60,
    SPARK_STEP = 15, /* values of a second each */
};

/* Means of the first series of a history in steps of a second, the oldest first; its last value is the last of the
 * last mean. A mean is over what is known; null where nothing is, and all of it for NULL. The caller owns it. */
json_t *spark_of(const json_t *history) MUST_USE;

#endif
