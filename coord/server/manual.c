/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/manual.h"

#include "base/mem.h"
#include "wire/coord_schema.h"
#include "wire/manual.h"

static const struct manual_line lines[] = {
    {'d', "data", "FOLDER",
     "keeps the state (coord.data); made if it is missing; by default /var/lib/gale/coord for "
     "root, "
     "else gale/coord below $XDG_STATE_HOME or ~/.local/state"},
    {'l', "listen", "ADDRESS:PORT", "where to serve (coord.listen); port 0 is any free one"},
    {0, "port-file", "FILE", "write the port to this file once the server answers"},
    MANUAL_COMMON_LINES,
};

static const char *const exits[] = {
    "it was asked to end, by SIGTERM or SIGINT",
    "it could not start, or the disk failed",
    "an option or a setting is wrong",
};

static struct manual describe(void)
{
    struct manual manual = {
        .program = "gale-coord",
        .date = "November 22, 2026",
        .summary = "Keeps the state of a cluster, and serves it by the ZooKeeper protocol.",
        .name = "keeps the state of a cluster and serves it by the ZooKeeper protocol",
        .description = "keeps a tree of small nodes with data, versions, sessions and watches.\n"
                       "Clients of ZooKeeper 3.8 work against it, and Gale's own programs against\n"
                       "either.\n"
                       "What it has answered survives a crash at any moment.\n"
                       "On a full disk it refuses writes and serves reads.\n",
        .line_count = COUNT_OF(lines),
        .lines = lines,
        .exit_count = COUNT_OF(exits),
        .exits = exits,
    };

    manual.specs = coord_schema_specs(&manual.spec_count);
    return manual;
}

void coord_manual_help(struct text *out)
{
    struct manual manual = describe();

    manual_put_help(&manual, out);
}

void coord_manual_page(struct text *out)
{
    struct manual manual = describe();

    manual_put_page(&manual, out);
}
