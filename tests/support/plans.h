/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans for tests, written as JSON with ' for ", so that a broken plan is the good one with one
 * text replaced.
 */
#ifndef TESTS_PLANS_H
#define TESTS_PLANS_H

#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "wire/plan.h"

/* reader -> splitter -> counter */
#define PLAN_WORD_COUNT                                                                       \
    "{'version': 1, 'name': 'word-count', 'components': ["                                    \
    "{'name': 'reader', 'role': 'spout', 'tasks': 1, 'executors': 1, 'max_pending': 1000,"    \
    " 'tick_ms': 0, 'own_loop': false, 'streams': [{'name': 'sentences', 'direct': false,"    \
    " 'fields': [{'name': 'text', 'kind': 'str'}, {'name': 'line', 'kind': 'u64'}]}],"        \
    " 'inputs': [], 'settings': [{'key': 'path', 'value': 'in.txt', 'help': 'what to read'}," \
    " {'key': 'limit'}]},"                                                                    \
    "{'name': 'splitter', 'role': 'bolt', 'tasks': 4, 'executors': 4, 'max_pending': 0,"      \
    " 'tick_ms': 0, 'own_loop': false, 'streams': [{'name': 'words', 'direct': false,"        \
    " 'fields': [{'name': 'text', 'kind': 'str'}, {'name': 'size', 'kind': 'i64?'}]}],"       \
    " 'inputs': [{'from': 'reader', 'stream': 'sentences', 'by': 'shuffle', 'keys': [],"      \
    " 'reserve_bytes': 0}], 'settings': []},"                                                 \
    "{'name': 'counter', 'role': 'bolt', 'tasks': 6, 'executors': 2, 'max_pending': 0,"       \
    " 'tick_ms': 500, 'own_loop': true, 'streams': [{'name': 'tallies', 'direct': false,"     \
    " 'fields': [{'name': 'word', 'kind': 'str'}]}],"                                         \
    " 'inputs': [{'from': 'splitter', 'stream': 'words', 'by': 'fields', 'keys': ['text'],"   \
    " 'reserve_bytes': 0}], 'settings': []}"                                                  \
    "], 'settings': [{'key': 'language', 'value': 'English'}]}"

/* The text with the first `find`, which must be there, replaced. The caller owns it. */
static inline char *plan_text_edit(const char *text, const char *find, const char *put)
{
    const char *at = strstr(text, find);

    ASSERT(at != NULL);
    size_t before = (size_t)(at - text);
    size_t after = strlen(at + strlen(find));
    char *edited = mem_alloc(before + strlen(put) + after + 1);
    memcpy(edited, text, before);
    memcpy(edited + before, put, strlen(put));
    memcpy(edited + before + strlen(put), at + strlen(find), after);
    return edited;
}

static inline enum err plan_text_decode(const char *text, struct plan **ret_plan,
                                        struct error *error)
{
    AUTO(mem_free_text) char *json = mem_copy_text(text);

    for (char *at = json; *at != '\0'; at++) {
        if (*at == '\'')
            *at = '"';
    }
    return plan_decode(json, strlen(json), ret_plan, error);
}

/* Decoded, not checked. */
static inline struct plan *plan_text_plan(const char *text)
{
    struct plan *plan = NULL;
    enum err err = plan_text_decode(text, &plan, NULL);

    ASSERT(err == ERR_OK);
    return plan;
}

#endif
