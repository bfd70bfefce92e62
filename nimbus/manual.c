/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/manual.h"

#include <string.h>

#include "base/mem.h"
#include "wire/cluster.h"
#include "wire/manual.h"

static const struct manual_line lines[] = {
    {'d', "data", "FOLDER",
     "keeps blobs and the id (nimbus.data); made if it is missing; by default "
     "/var/lib/gale/nimbus for root, else gale/nimbus below $XDG_STATE_HOME or ~/.local/state"},
    {'l', "listen", "ADDRESS:PORT",
     "where to answer requests (nimbus.listen); port 0 is any free one"},
    {0, "port-file", "FILE", "write the port to this file once requests are answered"},
    MANUAL_COMMON_LINES,
};

static const char *const exits[] = {
    "it was asked to end, by SIGTERM or SIGINT",
    "it could not start",
    "an option or a setting is wrong",
};

/* Others of the table are those of supervisors and workers. */
static bool is_read(const char *key)
{
    return strncmp(key, "nimbus.", 7) == 0 || strcmp(key, "cluster.keys") == 0 ||
           strcmp(key, "log.level") == 0;
}

static struct manual describe(void)
{
    struct manual manual = {
        .program = "gale-nimbus",
        .date = "November 22, 2026",
        .summary = "Takes topologies, decides where they run, and looks after them.",
        .name = "takes topologies and decides where they run",
        .description =
            "keeps the topologies of a cluster, and places their executors on the slots of\n"
            "supervisors.\n"
            "Of several one leads; the others keep copies of all blobs and take over when it\n"
            "is gone.\n"
            "Topologies run on while there is none.\n"
            "The cluster state is found by the settings coord.servers and coord.root.\n"
            "Settings of topologies in the file are defaults for all that are submitted.\n",
        .line_count = COUNT_OF(lines),
        .lines = lines,
        .exit_count = COUNT_OF(exits),
        .exits = exits,
        .is_read = is_read,
    };

    manual.specs = cluster_specs(&manual.spec_count);
    return manual;
}

void nimbus_manual_help(struct text *out)
{
    struct manual manual = describe();

    manual_put_help(&manual, out);
}

void nimbus_manual_page(struct text *out)
{
    struct manual manual = describe();

    manual_put_page(&manual, out);
}
