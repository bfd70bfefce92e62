/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/manual.h"

#include <string.h>

#include "base/mem.h"
#include "wire/cluster.h"
#include "wire/manual.h"

static const struct manual_line lines[] = {
    {'d', "data", "FOLDER",
     "keeps blobs, logs and what the slots remember (supervisor.data); made if it is missing; by "
     "default /var/lib/gale/supervisor for root, else gale/supervisor below $XDG_STATE_HOME or "
     "~/.local/state"},
    {'l', "listen", "ADDRESS:PORT",
     "where to answer requests (supervisor.listen); port 0 is any free one"},
    {0, "port-file", "FILE", "write the port to this file once requests are answered"},
    {0, "worker", "PROGRAM",
     "the program to start for each worker; by default gale-worker beside "
     "this one"},
    {0, "stop-workers", NULL,
     "when asked to end, stop all workers first; without it they run on, and the next supervisor "
     "of "
     "the same folder takes them over"},
    MANUAL_COMMON_LINES,
};

static const char *const exits[] = {
    "it was asked to end, by SIGTERM or SIGINT",
    "it could not start, or another supervisor has its id",
    "an option or a setting is wrong",
};

/* Others of the table are those of nimbus and of gale. */
static bool is_read(const char *key)
{
    if (strcmp(key, "cluster.client") == 0)
        return false;
    return strncmp(key, "nimbus.", 7) != 0 || strcmp(key, "nimbus.blob.bytes.max") == 0;
}

static struct manual describe(void)
{
    struct manual manual = {
        .program = "gale-supervisor",
        .date = "November 22, 2026",
        .summary = "Runs the workers of a machine that the cluster state assigns to it.",
        .name = "runs the workers of a machine",
        .description =
            "reads in the cluster state which topologies have a worker in its slots, fetches\n"
            "what they need from nimbus, starts a process for each, and starts it again when\n"
            "it dies or gives no sign of life.\n"
            "The cluster state is found by the settings coord.servers and coord.root.\n"
            "Workers outlive their supervisor: one that is started anew takes them over.\n",
        .line_count = COUNT_OF(lines),
        .lines = lines,
        .exit_count = COUNT_OF(exits),
        .exits = exits,
        .is_read = is_read,
    };

    manual.specs = cluster_specs(&manual.spec_count);
    return manual;
}

void supervisor_manual_help(struct text *out)
{
    struct manual manual = describe();

    manual_put_help(&manual, out);
}

void supervisor_manual_page(struct text *out)
{
    struct manual manual = describe();

    manual_put_page(&manual, out);
}
