/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the handlers of /api/v2 share. Parameters are checked strictly, as bodies are (ui/api/body.h): one that is
 * not known is refused by its name. Functions that return false have answered the fault.
 */
#ifndef UI_API_ASKING_H
#define UI_API_ASKING_H

#include <stdbool.h>

#include "base/attribute.h"
#include "ui/api/body.h"
#include "ui/handler.h"

enum {
    ASKING_NAME_MAX = 128, /* bytes of a name in a path or a query */
};

/* `known` is ended by NULL. */
bool asking_check(struct handling *handling, const char *const *known) MUST_USE;

/* ?name=1 or ?name=0. */
bool asking_flag(struct handling *handling, const char *name, bool *ret_flag) MUST_USE;

/* ?window=: 10 without it. */
bool asking_window(struct handling *handling, int64_t *ret_window) MUST_USE;

/* Asks nimbus, and answers with what it says. `args` is taken over. */
void asking_pass(struct handling *handling, const char *op, json_t *args);

/* The arguments of a change: the body's members, `by` and `via`. */
bool asking_body(struct handling *handling, const struct body_shape *shape,
                 json_t **ret_args) MUST_USE;

/* Sets a member of an object that is being built; takes `value` over. */
void asking_put(json_t *object, const char *member, json_t *value);

#endif
