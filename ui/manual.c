/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/manual.h"

#include "base/mem.h"
#include "wire/manual.h"
#include "wire/ui_schema.h"

static const struct manual_line lines[] = {
    {'l', "listen", "ADDRESS:PORT", "where to serve (ui.listen); port 0 is any free one"},
    {0, "port-file", "FILE", "write the port to this file once the page can be opened"},
    MANUAL_COMMON_LINES,
};

static const char *const exits[] = {
    "it was asked to end, by SIGTERM or SIGINT",
    "it could not start",
    "an option or a setting is wrong",
};

static struct manual describe(void)
{
    struct manual manual = {
        .program = "gale-ui",
        .date = "November 22, 2026",
        .summary = "Serves a page on which a cluster is seen and steered, and what it is made of.",
        .name = "serves a web page, a REST interface and metrics of a cluster",
        .description = "serves a web page on which the topologies of a cluster, the log and the\n"
                       "cluster state are seen, and topologies are steered; the REST interface\n"
                       "that the page is made of, one with the paths of Storm's, and\n"
                       "metrics for Prometheus.\n"
                       "It keeps nothing: whatever it shows it asks of nimbus, the supervisors,\n"
                       "the cluster state (coord.servers) and the log (log.brokers).\n",
        .line_count = COUNT_OF(lines),
        .lines = lines,
        .exit_count = COUNT_OF(exits),
        .exits = exits,
    };

    manual.specs = ui_schema_specs(&manual.spec_count);
    return manual;
}

void ui_manual_help(struct text *out)
{
    struct manual manual = describe();

    manual_put_help(&manual, out);
}

void ui_manual_page(struct text *out)
{
    struct manual manual = describe();

    manual_put_page(&manual, out);
}
