/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the handlers of /api/v1 share: questions to nimbus, answers and errors in Storm's shape. A function that
 * returns false has answered the fault. What is asked for is to be given back with json_decref(), and must not be
 * changed.
 */
#ifndef UI_STORM_ASK_H
#define UI_STORM_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attribute.h"
#include "ui/handler.h"
#include "ui/storm/shape.h"

enum {
    ASK_NAME_MAX = 256, /* bytes of a topology's name or id */
};

/* {"error": "404 Not Found", "errorMessage": "..."} */
void ask_fault(struct handling *handling, const struct control_fault *fault);
void ask_refuse(struct handling *handling, enum control_code code, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* `args` is taken over. */
bool ask_lookup(struct handling *handling, const char *op, json_t *args, json_t **ret_ok) MUST_USE;

/* The same of a change; the arguments get `by` and `via`. */
bool ask_change(struct handling *handling, const char *op, json_t *args, json_t **ret_ok) MUST_USE;

/* The status of the topology that the path's {id} names: by its id, or by its name. */
bool ask_topology(struct handling *handling, json_t **ret_status) MUST_USE;

/* Its figures over a window of shape_windows. */
bool ask_figures(struct handling *handling, const char *name, size_t window,
                 json_t **ret_figures) MUST_USE;

/* What is asked for with ?window=; an index of shape_windows, all time without it. */
bool ask_window(struct handling *handling, size_t *ret_window) MUST_USE;

/* A whole number in the path. */
bool ask_path_number(struct handling *handling, const char *name, uint64_t max,
                     uint64_t *ret_number) MUST_USE;

uint64_t ask_now_ms(const struct handling *handling); /* wall clock */

/* The name in an id: "wc" of "wc-1-1795000000"; false if it does not look like one. Pure. */
bool ask_name_of_id(const char *id, char ret_name[ASK_NAME_MAX + 1]) MUST_USE;

#endif
