/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "splitter=8": how many executors a component is to have, as it is typed. Pure; any thread.
 */
#ifndef CLI_EXECUTORS_H
#define CLI_EXECUTORS_H

#include <jansson.h>

#include "base/err.h"

/* Puts it into the object of numbers by component. ERR_INVALID, also for a component that is there
 * already. */
MUST_USE enum err executors_read(const char *text, json_t *executors, struct error *error);

#endif
