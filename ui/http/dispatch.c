/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/http/dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define STORM_PREFIX "/api/v1"

static bool is_storms(const char *path)
{
    size_t size = strlen(STORM_PREFIX);

    return strncmp(path, STORM_PREFIX, size) == 0 && strchr("/?", path[size]) != NULL;
}

struct http_answer dispatch_refuse(const char *path, unsigned status, const char *code,
                                   const char *text)
{
    struct http_answer answer = {.status = status, .type = "application/json"};
    struct handling handling = {.answer = &answer};

    if (is_storms(path))
        answer_storm_fault(&handling, status, text);
    else
        answer_json(&handling, json_pack("{s:{s:s, s:s}}", "error", "code", code, "text", text));
    return answer;
}

static struct http_answer handle(const struct dispatch *dispatch,
                                 const struct dispatch_request *request, const struct match *match)
{
    struct http_answer answer = {.status = 200, .type = "application/json"};
    struct http_request asked = {
        .method = request->method,
        .path = request->url->path,
        .param_count = match->param_count,
        .query_count = request->url->query_count,
        .query = request->url->query,
        .body = request->body,
        .by = request->by,
        .asker = request->asker,
    };
    struct handling handling = {
        .backend = dispatch->backend,
        .facts = dispatch->facts,
        .request = &asked,
        .answer = &answer,
    };

    memcpy(asked.params, match->params, sizeof asked.params);
    match->route->handle(&handling);
    return answer;
}

struct http_answer dispatch_run(const struct dispatch *dispatch,
                                const struct dispatch_request *request)
{
    struct match match;

    switch (router_find(dispatch->router, request->method, request->url, &match)) {
    case ROUTER_FOUND:
        return handle(dispatch, request, &match);
    case ROUTER_NO_PATH:
        return dispatch_refuse(request->url->path, 404, "not_found",
                               "there is nothing at this address");
    case ROUTER_NO_METHOD:
        return dispatch_refuse(request->url->path, 405, "invalid",
                               "this address is for another method");
    }
    UNREACHABLE();
}

struct http_answer dispatch_get(const struct dispatch *dispatch, const char *target)
{
    struct dispatch_request request = {.method = HTTP_GET, .by = ""};
    struct error error;
    struct url url;

    if (url_parse(target, &url, &error) != ERR_OK)
        return dispatch_refuse(target, 400, "invalid", error.text);
    request.url = &url;
    struct http_answer answer = dispatch_run(dispatch, &request);
    url_done(&url);
    return answer;
}

void http_answer_done(struct http_answer *answer)
{
    if (answer->source.done != NULL)
        answer->source.done(answer->source.context);
    text_done(&answer->body);
    free(answer->file_name);
    *answer = (struct http_answer){.status = 0};
}
