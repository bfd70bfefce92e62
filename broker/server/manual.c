/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/server/manual.h"

#include "base/mem.h"
#include "wire/broker_schema.h"
#include "wire/manual.h"

static const struct manual_line lines[] = {
    {'d', "data", "FOLDER",
     "keeps the log (broker.data); made if it is missing; by default /var/lib/gale/log for root, "
     "else gale/log below $XDG_STATE_HOME or ~/.local/state"},
    {'l', "listen", "ADDRESS:PORT", "where to serve (broker.listen); port 0 is any free one"},
    {0, "port-file", "FILE", "write the port to this file once the broker answers"},
    MANUAL_COMMON_LINES,
};

static const char *const exits[] = {
    "it was asked to end, by SIGTERM or SIGINT",
    "it could not start, or another broker has its number",
    "an option or a setting is wrong",
};

static struct manual describe(void)
{
    struct manual manual = {
        .program = "gale-broker",
        .date = "November 22, 2026",
        .summary = "Keeps topics of records in a log, and serves it by the Kafka protocol.",
        .name = "keeps topics of records in a log and serves it by the Kafka protocol",
        .description = "keeps topics, each cut into partitions to which records are appended.\n"
                       "Clients of Kafka work against it, with consumer groups and idempotent\n"
                       "producers.\n"
                       "What it has answered survives a crash of the process at any moment; with\n"
                       "log.flush=always a loss of power, too.\n"
                       "On a full disk it refuses writes and serves reads.\n",
        .line_count = COUNT_OF(lines),
        .lines = lines,
        .exit_count = COUNT_OF(exits),
        .exits = exits,
    };

    manual.specs = broker_schema_specs(&manual.spec_count);
    return manual;
}

void broker_manual_help(struct text *out)
{
    struct manual manual = describe();

    manual_put_help(&manual, out);
}

void broker_manual_page(struct text *out)
{
    struct manual manual = describe();

    manual_put_page(&manual, out);
}
