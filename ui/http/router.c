/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/http/router.h"

#include <stdint.h>
#include <string.h>

#include "base/assert.h"

/* A segment of a pattern. */
struct part {
    const char *text; /* of a parameter: its name */
    size_t size;
    bool is_param;
    bool is_rest;
};

/* The part after the '/' at `at`; where the next one's '/' or the end is. */
static const char *next_part(const char *at, struct part *ret_part)
{
    const char *begin = at + 1;
    size_t size = strcspn(begin, "/");
    struct part part = {.text = begin, .size = size};

    if (size >= 2 && begin[0] == '{' && begin[size - 1] == '}') {
        part = (struct part){.text = begin + 1, .size = size - 2, .is_param = true};
        if (part.size > 3 && memcmp(part.text + part.size - 3, "...", 3) == 0) {
            part.size -= 3;
            part.is_rest = true;
        }
    }
    *ret_part = part;
    return begin + size;
}

bool router_is_pattern(const char *pattern)
{
    struct part part = {.text = ""};
    size_t params = 0;
    size_t parts = 0;

    if (pattern[0] != '/')
        return false;
    for (const char *at = pattern; *at == '/'; parts++) {
        if (part.is_rest)
            return false;
        at = next_part(at, &part);
        params += part.is_param;
        if (part.is_param && (part.size == 0 || part.size > ROUTER_NAME_MAX))
            return false;
    }
    return params <= HTTP_PARAMS_MAX && parts <= URL_SEGMENTS_MAX;
}

static void add_param(struct match *match, const struct part *part, const char *value)
{
    ASSERT(match->param_count < HTTP_PARAMS_MAX && part->size <= ROUTER_NAME_MAX);
    memcpy(match->names[match->param_count], part->text, part->size);
    match->names[match->param_count][part->size] = '\0';
    match->params[match->param_count++].value = value;
}

static bool takes(const struct part *part, const struct url *url, size_t index, struct match *match)
{
    const char *segment = url->segments[index];

    if (part->is_rest)
        add_param(match, part, url->path + url->starts[index]);
    else if (part->is_param && segment[0] != '\0')
        add_param(match, part, segment);
    else
        return !part->is_param && strlen(segment) == part->size &&
               memcmp(segment, part->text, part->size) == 0;
    return true;
}

/* How well it fits: a bit for each word, the first one's the highest; 0 if it does not. The lowest bit is set in
 * any case that it does. */
static uint64_t fit(const char *pattern, const struct url *url, struct match *match)
{
    struct part part = {.text = ""};
    uint64_t words = 1;
    size_t index = 0;

    for (const char *at = pattern; *at == '/' && !part.is_rest; index++) {
        at = next_part(at, &part);
        if (index == url->segment_count || !takes(&part, url, index, match))
            return 0;
        if (!part.is_param)
            words |= UINT64_C(1) << (63 - index);
    }
    return part.is_rest || index == url->segment_count ? words : 0;
}

enum router_verdict router_find(const struct router *router, enum http_method method,
                                const struct url *url, struct match *ret_match)
{
    enum router_verdict verdict = ROUTER_NO_PATH;
    uint64_t best = 0;

    for (size_t i = 0; i < router->count; i++) {
        for (size_t k = 0; k < router->tables[i].count; k++) {
            const struct route *route = &router->tables[i].routes[k];
            struct match match = {.route = route};
            uint64_t words = fit(route->pattern, url, &match);

            if (words > 0 && verdict == ROUTER_NO_PATH)
                verdict = ROUTER_NO_METHOD;
            if (words <= best || route->method != method)
                continue;
            best = words;
            *ret_match = match;
            verdict = ROUTER_FOUND;
        }
    }
    for (size_t i = 0; verdict == ROUTER_FOUND && i < ret_match->param_count; i++)
        ret_match->params[i].name = ret_match->names[i];
    return verdict;
}
