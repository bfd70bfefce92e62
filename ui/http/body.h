/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of a request: a JSON object, in UTF-8, of limited depth, in which no name stands twice and no text has a
 * NUL. Pure.
 */
#ifndef UI_HTTP_BODY_H
#define UI_HTTP_BODY_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

enum {
    BODY_DEPTH_MAX = 16,
};

/* ERR_INVALID says where. The caller owns the object. */
enum err body_read(const char *bytes, size_t size, json_t **ret_object,
                   struct error *error) MUST_USE;

#endif
