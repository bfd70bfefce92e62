/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the health scripts of a machine say. A script reports trouble by a line that begins with
 * ERROR; one that does not end in time is trouble, too. Its exit code says nothing: a script that is
 * broken must not take a machine away. Pure; any thread.
 */
#ifndef SUPERVISOR_HEALTH_H
#define SUPERVISOR_HEALTH_H

#include <stdbool.h>
#include <stddef.h>

enum {
    HEALTH_OUTPUT_MAX = 4096, /* bytes of a script's output that are looked at */
    HEALTH_TEXT_MAX = 256,
    HEALTH_SCRIPTS_MAX = 64,
};

enum health_end {
    HEALTH_ENDED,
    HEALTH_TIMED_OUT,
    HEALTH_NOT_STARTED,
};

/* True if the script found nothing. Otherwise *ret_text says which script said what, in printable
 * characters. */
bool health_judge(const char *script, enum health_end end, const char *output, size_t size,
                  char ret_text[HEALTH_TEXT_MAX]);

#endif
