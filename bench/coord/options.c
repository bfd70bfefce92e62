/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/coord/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attribute.h"
#include "base/mem.h"

/* What each mode takes for what is not said. */
static const struct options defaults[] = {
    {.mode = OPTIONS_LOAD, .clients = 1, .window = 1, .milliseconds = 1000, .warm_up_ms = 200},
    {.mode = OPTIONS_FANOUT, .clients = 1000, .count = 20},
    {.mode = OPTIONS_SESSIONS, .clients = 1000, .count = 200},
    {.mode = OPTIONS_FILL, .clients = 1, .window = 10, .count = 100000},
    {.mode = OPTIONS_EXPIRE, .clients = 1000, .count = 100},
    {.mode = OPTIONS_READY, .clients = 64},
};

static const char *const mode_names[] = {
    [OPTIONS_LOAD] = "load", [OPTIONS_FANOUT] = "fanout", [OPTIONS_SESSIONS] = "sessions",
    [OPTIONS_FILL] = "fill", [OPTIONS_EXPIRE] = "expire", [OPTIONS_READY] = "ready",
};

static COLD _Noreturn void refuse(const char *why)
{
    (void)fprintf(
        stderr,
        "coord_load: %s\n"
        "usage: coord_load MODE --port PORT [OPTION N]...\n"
        "  load      rate and latency of each operation: --clients, --window, --milliseconds,\n"
        "            --warm-up-ms\n"
        "  fanout    one change told to all watchers: --clients, --count (changes)\n"
        "  sessions  opening and closing: --clients (at once), --count (one by one)\n"
        "  fill      nodes, many to a transaction: --count, --window (transactions)\n"
        "  expire    sessions that fall silent: --clients, --count (ephemeral nodes of each)\n"
        "  ready     when the server answers: --clients (connections tried at a time)\n",
        why);
    exit(2);
}

static uint32_t parse_number(const char *text)
{
    char *end = NULL;

    errno = 0;
    unsigned long long number = text == NULL ? 0 : strtoull(text, &end, 10);
    if (number == 0 || number > UINT32_MAX || errno != 0 || *end != '\0' || *text == '-')
        refuse("a number from 1 is missing");
    return (uint32_t)number;
}

static const struct options *find_mode(const char *name)
{
    for (size_t i = 0; name != NULL && i < COUNT_OF(defaults); i++) {
        if (strcmp(name, mode_names[defaults[i].mode]) == 0)
            return &defaults[i];
    }
    refuse("which mode?");
}

static uint32_t *find_number(struct options *options, const char *option)
{
    if (strcmp(option, "--clients") == 0)
        return &options->clients;
    if (strcmp(option, "--window") == 0)
        return &options->window;
    if (strcmp(option, "--milliseconds") == 0)
        return &options->milliseconds;
    if (strcmp(option, "--warm-up-ms") == 0)
        return &options->warm_up_ms;
    if (strcmp(option, "--count") == 0)
        return &options->count;
    return NULL;
}

static uint16_t parse_port(const char *text)
{
    uint32_t port = parse_number(text);

    if (port > UINT16_MAX)
        refuse("a port is at most 65535");
    return (uint16_t)port;
}

struct options options_parse(char *const *words)
{
    struct options options = *find_mode(*words++);

    while (*words != NULL) {
        const char *option = *words++;
        uint32_t *number = find_number(&options, option);

        if (number != NULL)
            *number = parse_number(*words);
        else if (strcmp(option, "--port") == 0)
            options.port = parse_port(*words);
        else
            refuse("an option is unknown");
        words++;
    }
    if (options.port == 0)
        refuse("which port?");
    return options;
}
