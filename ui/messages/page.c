/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/messages/page.h"

#include <string.h>

#include "ui/api/asking.h"
#include "ui/read.h"

enum {
    LIMIT = 100,
    LIMIT_MAX = 500,
    OFFSET_MAX = 10000000,
};

bool page_read(struct handling *handling, struct page *ret_page)
{
    static const char *const known[] = {"offset", "limit", "q", NULL};

    ret_page->part = request_query(handling->request, "q", "");
    return asking_check(handling, known) &&
           request_number(handling, "offset", 0, OFFSET_MAX, 0, &ret_page->offset) &&
           request_number(handling, "limit", 1, LIMIT_MAX, LIMIT, &ret_page->limit);
}

json_t *page_cut(const struct page *page, const json_t *list, size_t *ret_total)
{
    json_t *cut = json_array();
    size_t total = 0;
    size_t index;
    json_t *item;

    json_array_foreach(list, index, item)
    {
        if (strstr(read_text(item, "name"), page->part) == NULL)
            continue;
        if (total >= (size_t)page->offset && json_array_size(cut) < (size_t)page->limit)
            (void)json_array_append(cut, item);
        total++;
    }
    *ret_total = total;
    return cut;
}
