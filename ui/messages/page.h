/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of a list that is shown: ?offset=&limit=&q=. Only of what is in it more than the name is asked for. Pure.
 */
#ifndef UI_MESSAGES_PAGE_H
#define UI_MESSAGES_PAGE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/attribute.h"
#include "ui/handler.h"

struct page {
    int64_t offset;
    int64_t limit;
    const char *part; /* of a name; "": all */
};

/* False, and answered, if the query is wrong. */
bool page_read(struct handling *handling, struct page *ret_page) MUST_USE;

/* The items of the list whose `name` fits, from offset on, at most limit; and how many fit in all. The caller owns the list. */
json_t *page_cut(const struct page *page, const json_t *list, size_t *ret_total) MUST_USE;

#endif
