/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings of the daemons of a cluster: of nimbus, of supervisors, and of the part of a worker
 * that is not its topology. They stand in one file with those of topologies (wire/config.h: as
 * defaults for all of them), of gale-coord (wire/coord_schema.h), of gale-broker
 * (wire/broker_schema.h) and of gale-ui (wire/ui_schema.h); each daemon checks the whole file and reads its own part.
 *
 * Pure. Read-only once made.
 */
#ifndef WIRE_CLUSTER_H
#define WIRE_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/settings.h"
#include "base/settings_schema.h"

struct cluster {
    /* texts are borrowed from the settings */
    const char *keys;                  /* cluster.keys: folder; "": none, then on loopback alone */
    const char *client;                /* cluster.client: file of a client's key; "": see there */
    const char *nimbus_listen;         /* nimbus.listen = 127.0.0.1:6627 */
    const char *nimbus_host;           /* nimbus.host: advertised; "": as it listens */
    const char *nimbus_data;           /* nimbus.data: folder; "": none was named */
    const char *nimbus_id;             /* nimbus.id; "": made once and kept in the folder */
    uint64_t nimbus_blob_bytes_max;    /* nimbus.blob.bytes.max = 100MiB */
    uint64_t nimbus_monitor_ms;        /* nimbus.monitor.freq.secs = 10 */
    uint64_t nimbus_away_ms;           /* nimbus.supervisor.timeout.secs = 5 */
    uint64_t nimbus_deletion_delay_ms; /* nimbus.topology.blobstore.deletion.delay.ms = 300000 */
    uint64_t nimbus_history_bytes_max; /* nimbus.history.bytes.max = 256MiB */
    const char *supervisor_listen;     /* supervisor.listen = 127.0.0.1:0 */
    const char *supervisor_host;       /* supervisor.host = 127.0.0.1: advertised, also for links */
    const char *supervisor_data;       /* supervisor.data: folder */
    const char *supervisor_id;         /* supervisor.id */
    uint32_t supervisor_slots;         /* supervisor.slots = 4 */
    uint32_t supervisor_cpu_percent;   /* supervisor.cpu.capacity = 0: 100 for each core */
    uint64_t supervisor_memory_mb;     /* supervisor.memory.capacity.mb = 0: not limited */
    const char *supervisor_labels;     /* supervisor.labels: "a,b" */
    const char *supervisor_health_dir; /* supervisor.health.dir: ""; none */
    uint64_t supervisor_health_timeout_ms; /* supervisor.health.timeout.secs = 5 */
    uint64_t supervisor_health_ms;         /* supervisor.health.freq.secs = 30 */
    uint64_t supervisor_start_timeout_ms;  /* supervisor.worker.start.timeout.secs = 120 */
    uint64_t supervisor_worker_timeout_ms; /* supervisor.worker.timeout.secs = 30 */
    uint64_t supervisor_shutdown_ms;       /* supervisor.worker.shutdown.sleep.secs = 3 */
    uint64_t supervisor_backoff_min_ms;    /* supervisor.restart.backoff.min.ms = 100 */
    uint64_t supervisor_backoff_max_ms;    /* supervisor.restart.backoff.max.ms = 60000 */
    uint64_t supervisor_log_bytes_max;     /* supervisor.log.bytes.max = 16MiB */
    uint32_t supervisor_log_files_max;     /* supervisor.log.files.max = 4 */
    uint64_t supervisor_worker_memory_mb;  /* supervisor.worker.memory.max.mb = 0: not limited */
    uint32_t supervisor_worker_files_max;  /* supervisor.worker.files.max = 0: as the supervisor */
    const char *supervisor_cgroup;         /* supervisor.cgroup: ""; none */
    const char *supervisor_worker_user;    /* supervisor.worker.user: ""; nobody if we are root */
    uint64_t worker_supervisor_timeout_ms; /* worker.supervisor.timeout.secs = 60 */
    uint64_t worker_coord_timeout_ms;      /* worker.coord.timeout.secs = 600; 0: never */
    uint32_t log_level;                    /* log.level = info; enum log_level */
};

/* The table, for help, man pages and checks. */
const struct setting_spec *cluster_specs(size_t *ret_count);

enum {
    CLUSTER_TABLES = 5,
};

/* The tables of everything that may stand in the one file: this one, config_specs(),
 * coord_schema_specs(), broker_schema_specs() and ui_schema_specs(). No key is in two of them. */
void cluster_tables(struct setting_table ret_tables[CLUSTER_TABLES]);

/* Reads them; what is not set has its default. All settings of the file are checked, also those of
 * others, against cluster_tables(). Errors name the place where a value was set, and the nearest key.
 * The settings outlive the result. */
enum err cluster_make(const struct settings *settings, struct cluster *ret_cluster,
                      struct error *error) MUST_USE;

#endif
