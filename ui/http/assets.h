/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of the page: what they are called, what they are, and how long they keep. Pure.
 */
#ifndef UI_HTTP_ASSETS_H
#define UI_HTTP_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

struct asset {
    const char *path; /* "/index.html", "/app-1a2b3c4d5e.js" */
    const unsigned char *bytes;
    size_t size;
    const unsigned char *gzip; /* NULL: it would not be smaller */
    size_t gzip_size;
};

struct asset_table {
    const struct asset *assets;
    size_t count;
};

#define ASSETS_INDEX "/index.html"

/* NULL if there is none. */
const struct asset *assets_find(const struct asset_table *table, const char *path);

/* By its name's end: "text/javascript; charset=utf-8"; NULL for what a page is not made of. */
const char *assets_type(const char *path);

/* Whether the name changes with what is in it: "-", 8 to 16 letters or digits, and the end. */
bool assets_is_hashed(const char *path);

/* Whether a path that is no file is one that the page has views for: it gets the index. */
bool assets_is_view(const char *path);

/* Of the header Accept-Encoding; NULL: there is none. */
bool assets_accepts_gzip(const char *accept);

/* Of the header If-None-Match; NULL: there is none. `tag` has its quotes. */
bool assets_is_match(const char *if_none_match, const char *tag);

#endif
