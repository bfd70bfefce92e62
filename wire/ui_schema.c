/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/ui_schema.h"

#include "base/mem.h"

#define KIB 1024.0

static const struct setting_spec specs[] = {
    {"ui.listen", SETTING_TEXT, "127.0.0.1:8080", 3, 300,
     "address and port to serve; port 0: any free one"},
    {"ui.public", SETTING_BOOL, "false", 0, 0,
     "allow an address that other machines reach; without a token nothing can be changed then"},
    {"ui.token.file", SETTING_TEXT, "", 0, 4000,
     "file with the token that whoever changes something must show; empty: none"},
    {"ui.hosts", SETTING_TEXT, "", 0, 4000,
     "further names under which browsers reach it, with commas between"},
    {"ui.actions", SETTING_BOOL, "true", 0, 0, "whether anything can be changed through it"},
    {"ui.connections.max", SETTING_U64, "512", 8, 10000, "connections at a time"},
    {"ui.streams.max", SETTING_U64, "256", 1, 10000,
     "of them, those that follow what happens (server-sent events)"},
    {"ui.request.bytes.max", SETTING_BYTES, "64KiB", 1 * KIB, 64 * KIB,
     "largest body of a request"},
    {"ui.request.timeout.secs", SETTING_DURATION_S, "30", 1, 3600,
     "a client that takes longer to send a request, or stops reading, is disconnected"},
    {"ui.backend.timeout.ms", SETTING_U64, "5000", 100, 60000,
     "how long an answer of nimbus, a supervisor, the cluster state or the log is waited for"},
    {"ui.threads", SETTING_U64, "8", 1, 64,
     "requests to nimbus that are answered at a time; half as many each to the cluster state, the "
     "log, supervisors, and workers for samples"},
    {"ui.dir", SETTING_TEXT, "", 0, 4000,
     "serve the page from this folder; empty: the one that was built in"},
    {"ui.log.level", SETTING_TEXT, "info", 0, 0, "debug, info, warn or error"},
};

const struct setting_spec *ui_schema_specs(size_t *ret_count)
{
    *ret_count = COUNT_OF(specs);
    return specs;
}
