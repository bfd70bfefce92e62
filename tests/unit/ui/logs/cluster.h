/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A canned cluster with logs: supervisors "s" and "t" have slot 0 of "wc-1", and "s" an older file.
 */
#ifndef TESTS_UNIT_UI_LOGS_CLUSTER_H
#define TESTS_UNIT_UI_LOGS_CLUSTER_H

#include <inttypes.h>
#include <stdio.h>

#include "tests/support/canned_backend.h"

static inline struct canned_backend *cluster_make(void)
{
    struct canned_backend *canned = canned_backend_new();

    canned_backend_put(canned, "cluster.nodes", NULL,
                       "{\"supervisors\": [{\"id\": \"s\", \"host\": \"alder\"},"
                       "{\"id\": \"t\", \"host\": \"birch\"}]}");
    canned_backend_put(canned, "pulse", NULL,
                       "{\"topologies\": [{\"id\": \"wc-1\", \"name\": \"wc\"}]}");
    canned_backend_put_supervisor(canned, "s", "logs.topologies", NULL,
                                  "{\"topologies\": [{\"id\": \"wc-1\", \"modified_ms\": 5},"
                                  "{\"id\": \"old-0\", \"modified_ms\": 4}]}",
                                  NULL);
    canned_backend_put_supervisor(canned, "t", "logs.topologies", NULL,
                                  "{\"topologies\": [{\"id\": \"wc-1\", \"modified_ms\": 6}]}",
                                  NULL);
    canned_backend_put_supervisor(
        canned, "s", "logs.list", "{\"topology\": \"wc-1\"}",
        "{\"files\": [{\"slot\": 0, \"file\": \"worker.log\", \"size\": 11, \"modified_ms\": 5},"
        "{\"slot\": 0, \"file\": \"worker.log.1\", \"size\": 4, \"modified_ms\": 3}]}",
        NULL);
    canned_backend_put_supervisor(
        canned, "t", "logs.list", "{\"topology\": \"wc-1\"}",
        "{\"files\": [{\"slot\": 0, \"file\": \"worker.log\", \"size\": 6, \"modified_ms\": 6}]}",
        NULL);
    return canned;
}

/* What a read of slot 0 of wc-1 at an offset gives. */
static inline void cluster_put_read(struct canned_backend *canned, const char *supervisor,
                                    const char *file, int64_t asked, int64_t offset, int64_t size,
                                    const char *bytes)
{
    char args[160];
    char ok[80];

    (void)snprintf(args, sizeof args,
                   "{\"topology\": \"wc-1\", \"slot\": 0, \"file\": \"%s\", \"offset\": %" PRId64
                   "}",
                   file, asked);
    (void)snprintf(ok, sizeof ok, "{\"offset\": %" PRId64 ", \"size\": %" PRId64 "}", offset, size);
    canned_backend_put_supervisor(canned, supervisor, "logs.read", args, ok, bytes);
}

#endif
