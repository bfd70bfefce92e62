/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The heads of control messages: what the gale command, nimbus and the supervisors ask each other
 * (docs/protocol/control.md). A request names an operation and its arguments; a reply has the same id
 * and either a result or an error. The text is JSON; a message may have a body of bytes beside it, which
 * is not seen here.
 *
 *     {"v":1,"id":7,"op":"topology.kill","args":{"name":"wc","wait_ms":null}}
 *     {"v":1,"id":7,"ok":{"id":"wc-1-1795000000","status":"killed"}}
 *     {"v":1,"id":7,"error":{"code":"not_found","text":"there is no topology 'wc'"}}
 *
 * Pure. Decoded values belong to one thread.
 */
#ifndef WIRE_CONTROL_H
#define WIRE_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"

#define CONTROL_VERSION 1

enum {
    CONTROL_OP_MAX = 64,            /* bytes of the name of an operation */
    CONTROL_CHUNK_MAX = 256 * 1024, /* bytes of a blob or log in one message */
    CONTROL_DEPTH_MAX = 32,         /* of the JSON */
};

enum control_code {
    CONTROL_OK = 0,
    CONTROL_NOT_FOUND,
    CONTROL_CONFLICT,
    CONTROL_INVALID,
    CONTROL_LIMIT,
    CONTROL_DENIED,
    CONTROL_UNAVAILABLE, /* try again later */
    CONTROL_NOT_LEADER,  /* try again elsewhere */
    CONTROL_INTERNAL,
    CONTROL_CODE_COUNT,
};

const char *control_code_name(enum control_code code); /* "not_found"; "ok" */

struct control_request {
    uint64_t id;
    char op[CONTROL_OP_MAX + 1];
    json_t *args; /* an object; owned */
};

/* What is wrong with the arguments of a request, or a complaint about anything else. */
struct control_fault {
    enum control_code code;
    char text[ERROR_TEXT_MAX];
};

/* ERR_CORRUPT if it is not a request; ERR_VERSION. */
enum err control_request_decode(const char *head, size_t size, struct control_request *ret_request,
                                struct error *error) MUST_USE;
void control_request_done(struct control_request *request);

/* Takes `args` over (NULL: none). Text ended by a zero byte; the caller frees it. */
char *control_request_encode(uint64_t id, const char *op, json_t *args) MUST_USE;

/* A code that is not known, of a newer program, reads as CONTROL_INTERNAL. */
struct control_answer {
    uint64_t id;
    struct control_fault fault; /* code CONTROL_OK if there is none */
    json_t *ok;                 /* an object, owned; NULL with a fault */
};

enum err control_answer_decode(const char *head, size_t size, struct control_answer *ret_answer,
                               struct error *error) MUST_USE;
void control_answer_done(struct control_answer *answer);

/* Takes `ok` over (NULL: an empty object). */
char *control_answer_encode(uint64_t id, json_t *ok) MUST_USE;
char *control_fault_encode(uint64_t id, const struct control_fault *fault) MUST_USE;

/* Writes the fault and returns false, so that a caller can `return control_refuse(...)`. */
bool control_refuse(struct control_fault *fault, enum control_code code, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Members of the arguments. False, with the fault written ("'name' must be a text of 1 to 128
 * bytes"), if one is missing, or not of its kind or within its bounds. Texts are borrowed from
 * `args`. The `_or` forms accept a missing one, or null; a text may be empty there. */
bool control_text(const json_t *args, const char *member, size_t max, const char **ret_text,
                  struct control_fault *fault) MUST_USE;
bool control_text_or(const json_t *args, const char *member, size_t max, const char *otherwise,
                     const char **ret_text, struct control_fault *fault) MUST_USE;
bool control_number(const json_t *args, const char *member, int64_t min, int64_t max,
                    int64_t *ret_number, struct control_fault *fault) MUST_USE;
bool control_number_or(const json_t *args, const char *member, int64_t min, int64_t max,
                       int64_t otherwise, int64_t *ret_number,
                       struct control_fault *fault) MUST_USE;
bool control_flag_or(const json_t *args, const char *member, bool otherwise, bool *ret_flag,
                     struct control_fault *fault) MUST_USE;

#endif
