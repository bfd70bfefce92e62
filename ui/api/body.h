/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bodies of changes. Reading is strict: a member that is not known, missing, or not of its kind is refused by
 * its name, with what is allowed. Pure; any thread.
 */
#ifndef UI_API_BODY_H
#define UI_API_BODY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "wire/control.h"

enum {
    BODY_COUNTS_MAX = 1024, /* members of an object of counts */
};

enum body_kind {
    BODY_TEXT,   /* min .. max bytes */
    BODY_WORD,   /* one of `words` */
    BODY_WHOLE,  /* min .. max */
    BODY_REAL,   /* min .. max, whole or not */
    BODY_FLAG,   /* true, false */
    BODY_COUNTS, /* an object of whole numbers, each min .. max */
};

enum body_need {
    BODY_NEEDED,
    BODY_OPTIONAL, /* may be missing */
    BODY_NULLABLE, /* may be missing, or null */
    BODY_STATED,   /* must be there, and may be null */
};

struct body_member {
    const char *name;
    enum body_kind kind;
    enum body_need need;
    int64_t min;
    int64_t max;
    const char *const *words; /* of BODY_WORD; ended by NULL */
};

struct body_shape {
    const struct body_member *members;
    size_t count;
};

/* False with the fault written. A body that is NULL is an object without members. */
bool body_check(const struct body_shape *shape, const json_t *body,
                struct control_fault *fault) MUST_USE;

#endif
