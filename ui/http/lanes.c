/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/http/lanes.h"

#include <stdbool.h>
#include <string.h>

/* A "*" is any segment, and "..." at the end all that follow. Of several the first counts. */
static const struct {
    const char *pattern;
    enum lane lane;
} places[] = {
    {"api/v2/session", LANE_NONE},
    {"api/v2/settings", LANE_NONE}, /* with a query they are those of a topology */
    {"api/v1/cluster/configuration", LANE_NONE},
    {"api/v2/coord", LANE_COORD},
    {"api/v2/nodes", LANE_COORD},
    {"api/v2/log/...", LANE_LOG},
    {"api/v1/topology/*/lag", LANE_LOG},
    {"api/v2/topologies/*/samples", LANE_WORKERS},
    {"api/v2/topologies/*/workers/*/*/stacks", LANE_LONG},
    {"api/v2/topologies/*/workers/*/*/profile", LANE_LONG},
    {"api/v1/dumps/*/*/*", LANE_LONG},
    {"api/v2/logs", LANE_SUPERVISORS},
    {"api/v2/logs/...", LANE_SUPERVISORS},
    {"api/v1/log", LANE_SUPERVISORS},
    {"api/v1/daemonlog", LANE_SUPERVISORS},
    {"api/v1/download", LANE_SUPERVISORS},
    {"api/v1/daemondownload", LANE_SUPERVISORS},
    {"api/v1/searchLogs", LANE_SUPERVISORS},
    {"api/v1/listLogs", LANE_SUPERVISORS},
    {"api/v1/search", LANE_SUPERVISORS},
    {"api/v1/deepSearch/...", LANE_SUPERVISORS},
};

static bool is_word(const char *word, size_t size, const char *segment)
{
    return (size == 1 && word[0] == '*') ||
           (strlen(segment) == size && memcmp(word, segment, size) == 0);
}

static bool has_form(const struct url *url, const char *pattern)
{
    for (size_t i = 0; i < url->segment_count; i++) {
        size_t size = strcspn(pattern, "/");

        if (strcmp(pattern, "...") == 0)
            return true;
        if (size == 0 || !is_word(pattern, size, url->segments[i]))
            return false;
        pattern += size + (pattern[size] == '/');
    }
    return *pattern == '\0';
}

enum lane lane_of(const struct url *url)
{
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (!has_form(url, places[i].pattern))
            continue;
        return places[i].lane == LANE_NONE && url->query_count > 0 ? LANE_NIMBUS : places[i].lane;
    }
    return LANE_NIMBUS;
}
