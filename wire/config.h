/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings of one run: the table of every setting that Gale knows, and the values in force,
 * each with its origin.
 *
 * Later beats earlier: built-in default, the topology's descriptor, the file, the command line.
 * Known keys are those of the table, `<component>.<property>` for the properties of components
 * (tasks, executors, max_pending, tick_ms, own_loop, cpu_percent, memory_mb, labels), the settings
 * that the topology declares, and `<component>.<key>` for those that a component declares or the
 * topology does. The file may be the one of the whole cluster: keys of its daemons (wire/cluster.h)
 * are checked there and passed over. Any other key is an error that names the nearest.
 *
 * Pure. Read-only once made.
 */
#ifndef WIRE_CONFIG_H
#define WIRE_CONFIG_H

#include "base/err.h"
#include "base/settings.h"
#include "base/settings_schema.h"
#include "wire/plan.h"

struct config {
    uint64_t timeout_ms;       /* topology.message.timeout.secs = 30 (0.01 .. 86400) */
    bool acking;               /* topology.acking = true */
    bool stats;                /* topology.stats = true: measure, not only count */
    uint32_t pending_max;      /* topology.max.spout.pending = 0: measured (0 .. 1000000) */
    uint32_t held_max;         /* topology.held.max = 65536 (1 .. 16777216): of a task */
    uint64_t tuple_bytes_max;  /* topology.tuple.bytes.max = 1MiB (256 .. 64MiB) */
    uint64_t emit_bytes_max;   /* topology.emit.bytes.max = 16MiB: by one call, without room */
    uint64_t link_bytes;       /* topology.link.bytes = 1MiB (64KiB .. 1GiB): in flight on a lane */
    uint32_t block_bytes;      /* topology.block.bytes = 64KiB (4KiB .. 1MiB) */
    uint32_t idle_max_ms;      /* topology.spout.idle.max.ms = 10 (1 .. 1000) */
    uint64_t lost_ms;          /* topology.worker.lost.secs = 1 (0 .. 86400): see config_schema.c */
    uint64_t drain_ms;         /* topology.drain.secs = 10 (0 .. 3600): of a stop, for open trees */
    uint32_t workers;          /* topology.workers = 1 (1 .. 4096): processes, in a cluster */
    uint32_t isolate_machines; /* topology.isolate.machines = 0: shares all (0 .. 1024) */
    uint32_t loops;            /* worker.loops = 0: one for each core (0 .. 64) */
    uint32_t log_level;        /* worker.log.level = info: 0 debug, 1 info, 2 warn, 3 error */
    uint64_t seed;             /* worker.seed = 0: drawn at start */
    struct settings *effective; /* every key of the topology in force, with origin */
};

/* The built-in settings, for help, man page and checks. */
const struct setting_spec *config_specs(size_t *ret_count);

/* Makes the configuration of a run and writes what concerns components (tasks, ...) into the plan,
 * which is then checked again. `overrides` (file and command line, later beats earlier) is only
 * read. Errors name the origin of the value (file:line:column, or "-c"). */
MUST_USE enum err config_make(struct plan *plan, const struct settings *overrides,
                              struct config **ret_config, struct error *error);
void config_destroy(struct config **config);

/* The value of `<component>.<key>`, else of `key`; NULL if neither is set. Borrowed. */
const struct setting *config_find(const struct config *config, const char *component,
                                  const char *key);

#endif
