/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The target of a request, "/a/b%20c?x=1", taken apart and decoded. Refused: what does not begin with a '/', a '%' that
 * no two hexadecimal digits follow, bytes that are no UTF-8, a NUL, a segment "." or ".." (however it is written),
 * and more than the limits allow. A '+' is a space in the query and itself in the path; what is behind a '#' would not be sent.
 *
 * Pure; a value belongs to one thread.
 */
#ifndef UI_HTTP_URL_H
#define UI_HTTP_URL_H

#include <stddef.h>

#include "base/err.h"
#include "ui/handler.h"

enum {
    URL_TARGET_MAX = 8192, /* bytes, as it comes */
    URL_SEGMENTS_MAX = 32,
};

struct url {
    char *path;  /* decoded as a whole; what was "%2F" looks like any other '/' here */
    char *bytes; /* what the others borrow from */
    size_t segment_count;
    const char *segments[URL_SEGMENTS_MAX]; /* "/" has one, which is empty */
    size_t starts[URL_SEGMENTS_MAX];        /* where they begin in `path` */
    size_t query_count;
    struct http_pair query[HTTP_QUERY_MAX];
};

/* ERR_INVALID; ERR_LIMIT if it is too long or has too many parts. */
enum err url_parse(const char *target, struct url *ret_url, struct error *error) MUST_USE;
void url_done(struct url *url);

#endif
