/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tests of /api/v1 look for in answers.
 */
#ifndef TESTS_UI_STORM_EXPECT_H
#define TESTS_UI_STORM_EXPECT_H

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/canned_ask.h"
#include "tests/support/suite.h"
#include "tests/unit/ui/storm/word_count.h"

/* The value at "topologyStats/0/emitted"; a member may have any other character in its name. */
static inline const json_t *at_path(const json_t *json, const char *path)
{
    char *copy = mem_copy_text(path);
    char *rest = copy;

    for (char *part = copy; part != NULL && json != NULL; part = rest) {
        rest = strchr(part, '/');
        if (rest != NULL)
            *rest++ = '\0';
        json = json_is_array(json) ? json_array_get(json, strtoul(part, NULL, 10))
                                   : json_object_get(json, part);
    }
    free(copy);
    return json;
}

/* The value there is exactly this JSON: 1.0 is not 1. */
static inline void expect_at(const json_t *json, const char *path, const char *expected)
{
    const json_t *found = at_path(json, path);
    json_error_t error;
    json_t *wanted = json_loads(expected, JSON_DECODE_ANY, &error);

    ck_assert_msg(wanted != NULL, "the test's JSON: %s", error.text);
    char *text = found == NULL ? mem_copy_text("nothing")
                               : json_dumps(found, JSON_ENCODE_ANY | JSON_SORT_KEYS);
    ck_assert_msg(found != NULL && json_equal(found, wanted), "at %s is %s, not %s", path, text,
                  expected);
    free(text);
    json_decref(wanted);
}

/* The object there has these members with these values, and may have more. */
static inline void expect_has(const json_t *json, const char *path, const char *members)
{
    const json_t *found = path[0] == '\0' ? json : at_path(json, path);
    json_t *wanted = json_loads(members, 0, NULL);
    const char *name;
    json_t *value;

    ck_assert_msg(wanted != NULL, "the test's JSON: %s", members);
    json_object_foreach(wanted, name, value)
    {
        char *text = json_dumps(value, JSON_ENCODE_ANY);
        expect_at(found, name, text);
        free(text);
    }
    json_decref(wanted);
}

#endif
