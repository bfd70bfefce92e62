/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking handlers in tests, and giving back what they answer.
 */
#ifndef TESTS_CANNED_ASK_H
#define TESTS_CANNED_ASK_H

#include <check.h>
#include <jansson.h>

#include "tests/support/canned_backend.h"
#include "ui/http/lanes.h"

/* So that AUTO(give_back) json_t *answer works. */
static inline void give_back(json_t **json)
{
    json_decref(*json);
}

/* Of a route's pattern, which is a path, too. */
static inline enum lane canned_lane(const char *pattern)
{
    struct url url;

    ck_assert_int_eq(url_parse(pattern, &url, NULL), ERR_OK);
    enum lane lane = lane_of(&url);
    url_done(&url);
    return lane;
}

/* The answer, which must have the status; the caller owns it. */
static inline json_t *canned_ask(struct canned_backend *canned, struct route_table table,
                                 const char *request, const char *body, unsigned status)
{
    struct http_answer answer = canned_request(canned, table, NULL, request, body);

    ck_assert_msg(answer.status == status, "%s: %u %s", request, answer.status,
                  text_data(&answer.body));
    json_t *json = canned_answer_json(&answer);
    canned_answer_done(&answer);
    return json;
}

#endif
