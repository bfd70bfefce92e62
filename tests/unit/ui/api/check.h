/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking the handlers of /api/v2 in tests.
 */
#ifndef TESTS_UNIT_UI_API_CHECK_H
#define TESTS_UNIT_UI_API_CHECK_H

#include <check.h>
#include <jansson.h>
#include <stdlib.h>

#include "tests/support/canned_ask.h"

/* The answer, which must have the status; the caller owns it. */
static inline json_t *check_ask(struct canned_backend *canned, struct route_table table,
                                const char *request, const char *body, unsigned status)
{
    return canned_ask(canned, table, request, body, status);
}

/* The text of a refusal must be this. */
static inline void check_refused(struct canned_backend *canned, struct route_table table,
                                 const char *request, const char *body, unsigned status,
                                 const char *text)
{
    json_t *json = check_ask(canned, table, request, body, status);
    const json_t *error = json_object_get(json, "error");

    ck_assert_str_eq(json_string_value(json_object_get(error, "text")), text);
    json_decref(json);
}

/* What is answered, as compact JSON with its members in order. */
static inline void check_answer(struct canned_backend *canned, struct route_table table,
                                const char *request, const char *body, const char *expected)
{
    json_t *json = check_ask(canned, table, request, body, 200);
    char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

    ck_assert_str_eq(text, expected);
    free(text);
    json_decref(json);
}

/* The arguments of a question, by its index. */
static inline void check_asked(struct canned_backend *canned, size_t index, const char *op,
                               const char *args)
{
    const json_t *asked = canned_backend_asked(canned, index);

    ck_assert_ptr_nonnull(asked);
    ck_assert_str_eq(json_string_value(json_object_get(asked, "op")), op);
    char *text = json_dumps(json_object_get(asked, "args"), JSON_COMPACT | JSON_SORT_KEYS);
    ck_assert_str_eq(text, args);
    free(text);
}

#endif
