/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/client/start.h"

#include <string.h>

static bool parse_time(const char *text, int64_t *ret_time)
{
    int64_t time = 0;

    if (*text == '\0' || strlen(text) > 18) /* so it cannot overflow */
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        time = time * 10 + (*text - '0');
    }
    *ret_time = time;
    return true;
}

bool start_parse(const char *text, struct start *ret_start)
{
    struct start start = {.kind = START_TIME};

    if (strcmp(text, "committed") == 0)
        start.kind = START_COMMITTED;
    else if (strcmp(text, "earliest") == 0)
        start.kind = START_EARLIEST;
    else if (strcmp(text, "latest") == 0)
        start.kind = START_LATEST;
    else if (!parse_time(text, &start.at))
        return false;
    *ret_start = start;
    return true;
}

struct start start_choose(struct start start, struct start fallback,
                          const struct start_facts *facts)
{
    struct start committed = {.kind = START_OFFSET, .at = facts->committed};

    if (facts->committed >= 0 && (facts->is_of_run || start.kind == START_COMMITTED))
        return committed;
    if (facts->is_late_comer)
        return (struct start){.kind = START_EARLIEST};
    return start.kind == START_COMMITTED ? fallback : start;
}
