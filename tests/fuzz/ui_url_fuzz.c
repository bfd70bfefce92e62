/* SPDX-License-Identifier: Apache-2.0 */
/* The target of a request: whatever is read is UTF-8 without a way up, and finds its route or none. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "ui/http/router.h"
#include "ui/http/url.h"
#include "ui/http/utf8.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const struct route routes[] = {
    {HTTP_GET, "/a/{b}", ROUTE_READ, NULL},
    {HTTP_GET, "/a/b", ROUTE_READ, NULL},
    {HTTP_POST, "/{a}/{b}/c", ROUTE_CHANGE, NULL},
    {HTTP_GET, "/f/{rest...}", ROUTE_READ, NULL},
};
static const struct router router = {.count = 1, .tables = {{routes, COUNT_OF(routes)}}};

static void check_text(const char *text)
{
    ASSERT(utf8_is_valid(text, strlen(text)));
}

static void check_parts(const struct url *url)
{
    for (size_t i = 0; i < url->segment_count; i++) {
        check_text(url->segments[i]);
        ASSERT(strcmp(url->segments[i], "..") != 0 && strcmp(url->segments[i], ".") != 0);
    }
    for (size_t i = 0; i < url->query_count; i++) {
        check_text(url->query[i].name);
        check_text(url->query[i].value);
    }
}

static void check_route(const struct url *url)
{
    struct match match;

    if (router_find(&router, HTTP_GET, url, &match) != ROUTER_FOUND)
        return;
    for (size_t i = 0; i < match.param_count; i++)
        check_text(match.params[i].value);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    char *target = mem_alloc(size + 1);
    struct url url;

    if (size > 0)
        memcpy(target, data, size);
    if (url_parse(target, &url, NULL) == ERR_OK) {
        check_parts(&url);
        check_route(&url);
        url_done(&url);
    }
    free(target);
    return 0;
}
