/* SPDX-License-Identifier: Apache-2.0 */
/* The headers that decide about a request, one a line; and what a stream is asked for. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "ui/http/guard.h"
#include "ui/http/sse.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const char *next_line(char **at)
{
    char *line = *at;
    char *end = line == NULL ? NULL : strchr(line, '\n');

    if (end != NULL)
        *end = '\0';
    *at = end == NULL ? NULL : end + 1;
    return line;
}

static void check_panels(const char *text)
{
    struct sse_panel panels[SSE_PANELS_MAX];
    struct text target;
    size_t count;

    if (text == NULL || sse_panels_parse(text, panels, &count, NULL) != ERR_OK)
        return;
    ASSERT(count > 0 && count <= SSE_PANELS_MAX);
    text_init(&target);
    for (size_t i = 0; i < count; i++) {
        text_clear(&target);
        sse_panel_target(&panels[i], 1, &target);
        ASSERT(strncmp(text_data(&target), "/api/v2/", 8) == 0);
    }
    text_done(&target);
}

static void check_request(char **at)
{
    const struct guard guard = {.host_count = 1,
                                .hosts = {"gale.example.org"},
                                .has_actions = true,
                                .token = "a-token-of-some-length"};
    struct guard_refusal refusal = {.status = 200};
    struct guard_request request = {.method = "POST", .host = next_line(at), .has_body = true};

    request.origin = next_line(at);
    request.fetch_site = next_line(at);
    request.action = next_line(at);
    request.type = next_line(at);
    request.authorization = next_line(at);
    request.fetch_dest = next_line(at);
    if (guard_admits(&guard, &request, &refusal) && guard_admits_change(&guard, &request, &refusal))
        ASSERT(strcmp(request.authorization, "Bearer a-token-of-some-length") == 0);
    else
        ASSERT(refusal.status >= 400 && refusal.status < 500);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    char *text = mem_alloc(size + 1);
    char *at = text;

    if (size > 0)
        memcpy(text, data, size);
    check_request(&at);
    check_panels(next_line(&at));
    (void)sse_id_parse(at);
    free(text);
    return 0;
}
