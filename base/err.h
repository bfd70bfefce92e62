/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Error codes, and an error with its story.
 *
 * A function that can fail returns `enum err`. At boundaries (settings, submit, recovery) it also
 * fills a `struct error` of the caller, which is wrapped on the way up: each level adds what it
 * was about, so that the text reads "cannot load 'wc.so': no symbol 'gale_topology'". Texts are
 * lower case, without a full stop, with the subject in quotes. Pure; any thread.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

#include "base/attribute.h"

enum err {
    ERR_OK = 0,
    ERR_INVALID,     /* the input breaks a rule */
    ERR_NOT_FOUND,   /* it does not exist */
    ERR_EXISTS,      /* it exists already */
    ERR_LIMIT,       /* larger or more than a fixed limit */
    ERR_FULL,        /* no room at the moment */
    ERR_IO,          /* the operating system refused */
    ERR_CORRUPT,     /* stored or received bytes are damaged */
    ERR_VERSION,     /* made for another version */
    ERR_TIMEOUT,     /* too late */
    ERR_CANCELLED,   /* given up on request */
    ERR_CONFLICT,    /* somebody else changed it first */
    ERR_DENIED,      /* not allowed */
    ERR_CLOSED,      /* the other side, or the object, is closed */
    ERR_UNSUPPORTED, /* known, but not possible here */
    ERR_CRASHED,     /* user code or a child process died */
    ERR_INTERNAL,    /* a fault of ours */
};

enum {
    ERROR_TEXT_MAX = 512, /* with the final NUL; what is longer ends in "..." */
};

struct error {
    enum err code;
    char text[ERROR_TEXT_MAX];
};

/* Writes code and text and returns the code, so that a caller can `return error_set(...)`.
 * `error` may be NULL, and the arguments may point into its old text. The code is not ERR_OK. */
enum err error_set(struct error *error, enum err code, const char *format, ...) PRINTF_LIKE(3, 4);

/* Puts "<formatted>: " before the text and returns the error's code. Here `error` is not NULL:
 * there would be no code to return. A function that accepts NULL has an error of its own. */
enum err error_wrap(struct error *error, const char *format, ...) PRINTF_LIKE(2, 3);

/* The constant's name without prefix, in lower case: "not_found". For logs and JSON. */
const char *err_name(enum err err);

/* What it means, for people: "not found". */
const char *err_text(enum err err);

/* The same call may succeed later although nobody has repaired anything. */
bool err_is_retryable(enum err err);

#endif
