/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/cluster.h"

#include <string.h>

#include "base/mem.h"
#include "base/settings_values.h"
#include "wire/broker_schema.h"
#include "wire/config.h"
#include "wire/coord_schema.h"
#include "wire/labels.h"
#include "wire/ui_schema.h"

#define KIB            1024.0
#define MIB            (1024.0 * KIB)
#define GIB            (1024.0 * MIB)
#define DAY_S          86400.0
#define DAY_MS         (DAY_S * 1000)
#define PATH_MAX_BYTES 4000 /* leaves room for names below the folder */
#define ID_MAX_BYTES   128  /* PATHS_ID_MAX */

static const struct setting_spec specs[] = {
    {"cluster.keys", SETTING_TEXT, "", 0, PATH_MAX_BYTES,
     "folder of the cluster's keys, as 'gale keys make' makes it; empty: none, on loopback alone"},
    {"cluster.client", SETTING_TEXT, "", 0, PATH_MAX_BYTES,
     "file of the key that gale itself shows; empty: client.key in cluster.keys, if it is there"},
    {"nimbus.listen", SETTING_TEXT, "127.0.0.1:6627", 3, 300,
     "address and port on which nimbus is asked; port 0: any free one"},
    {"nimbus.host", SETTING_TEXT, "", 0, 255,
     "name or address by which others reach nimbus; empty: that of nimbus.listen"},
    {"nimbus.data", SETTING_TEXT, "", 0, PATH_MAX_BYTES, "folder that keeps plans and code"},
    {"nimbus.id", SETTING_TEXT, "", 0, ID_MAX_BYTES,
     "name of this nimbus; empty: made once and kept in its folder"},
    {"nimbus.blob.bytes.max", SETTING_BYTES, "100MiB", 64 * KIB, 16 * GIB,
     "the largest plan or .so that is taken"},
    {"nimbus.supervisor.timeout.secs", SETTING_DURATION_S, "5", 0, 3600,
     "how long a supervisor may be away, its session over, before its workers are placed "
     "elsewhere"},
    {"nimbus.monitor.freq.secs", SETTING_DURATION_S, "10", 0.01, 3600,
     "how often nimbus looks whether something is to be placed anew"},
    {"nimbus.topology.blobstore.deletion.delay.ms", SETTING_U64, "300000", 0, 30 * DAY_MS,
     "plans and code that no topology needs are kept for so long"},
    {"nimbus.history.bytes.max", SETTING_BYTES, "256MiB", MIB, 64 * GIB,
     "memory for the history of figures; beyond it the oldest of the largest is dropped"},
    {"supervisor.listen", SETTING_TEXT, "127.0.0.1:0", 3, 300,
     "address and port on which a supervisor is asked; port 0: any free one"},
    {"supervisor.host", SETTING_TEXT, "127.0.0.1", 1, 255,
     "address by which others reach this machine; its workers listen there"},
    {"supervisor.data", SETTING_TEXT, "", 0, PATH_MAX_BYTES,
     "folder that keeps code, logs and the workers' state"},
    {"supervisor.id", SETTING_TEXT, "", 0, ID_MAX_BYTES,
     "name of this supervisor; empty: made once and kept in its folder"},
    {"supervisor.slots", SETTING_U64, "4", 0, 1024, "workers that run here at most"},
    {"supervisor.cpu.capacity", SETTING_U64, "0", 0, 1e6,
     "what components may ask for in percent of a core; 0: 100 for each core"},
    {"supervisor.memory.capacity.mb", SETTING_U64, "0", 0, 1e9,
     "what components may ask for in MiB; 0: not limited"},
    {"supervisor.labels", SETTING_TEXT, "", 0, LABELS_BYTES_MAX,
     "what this machine is, as components may ask for it: fast,ssd"},
    {"supervisor.health.dir", SETTING_TEXT, "", 0, PATH_MAX_BYTES,
     "folder of programs that say whether the machine is well; empty: none"},
    {"supervisor.health.timeout.secs", SETTING_DURATION_S, "5", 0.01, 3600,
     "a health program that takes longer counts as failed"},
    {"supervisor.health.freq.secs", SETTING_DURATION_S, "30", 0.01, DAY_S,
     "how often the health programs are run"},
    {"supervisor.worker.start.timeout.secs", SETTING_DURATION_S, "120", 0.1, DAY_S,
     "a worker that does not run after so long is ended and started again"},
    {"supervisor.worker.timeout.secs", SETTING_DURATION_S, "30", 0.1, DAY_S,
     "a worker that gives no sign of life for so long is killed and started again"},
    {"supervisor.worker.shutdown.sleep.secs", SETTING_DURATION_S, "3", 0, 3600,
     "a worker that is told to end has so long before it is killed"},
    {"supervisor.restart.backoff.min.ms", SETTING_U64, "100", 1, DAY_MS,
     "the first pause before a worker that failed again is started"},
    {"supervisor.restart.backoff.max.ms", SETTING_U64, "60000", 1, DAY_MS,
     "the longest such pause; it doubles from failure to failure"},
    {"supervisor.log.bytes.max", SETTING_BYTES, "16MiB", 4 * KIB, 16 * GIB,
     "a worker's log that has grown to this begins anew"},
    {"supervisor.log.files.max", SETTING_U64, "4", 1, 100,
     "logs of a worker that are kept, with the current one"},
    {"supervisor.worker.memory.max.mb", SETTING_U64, "0", 0, 1e9,
     "address space of a worker in MiB; 0: not limited"},
    {"supervisor.worker.files.max", SETTING_U64, "0", 0, 1e9,
     "open files of a worker; 0: as many as the supervisor may have"},
    {"supervisor.worker.user", SETTING_TEXT, "", 0, 255,
     "who workers run as, where the supervisor is root; empty: nobody"},
    {"supervisor.cgroup", SETTING_TEXT, "", 0, PATH_MAX_BYTES,
     "folder of a control group in which each worker gets one of its own; empty: none"},
    {"worker.supervisor.timeout.secs", SETTING_DURATION_S, "60", 0.1, DAY_S,
     "a worker without its supervisor for so long ends itself"},
    {"worker.coord.timeout.secs", SETTING_DURATION_S, "600", 0, 30 * DAY_S,
     "a worker without the cluster state for so long ends itself; 0: never"},
    {"log.level", SETTING_TEXT, "info", 0, 0,
     "of nimbus and supervisors: debug, info, warn, error"},
};

const struct setting_spec *cluster_specs(size_t *ret_count)
{
    *ret_count = COUNT_OF(specs);
    return specs;
}

void cluster_tables(struct setting_table ret_tables[CLUSTER_TABLES])
{
    ret_tables[0].specs = cluster_specs(&ret_tables[0].count);
    ret_tables[1].specs = config_specs(&ret_tables[1].count);
    ret_tables[2].specs = coord_schema_specs(&ret_tables[2].count);
    ret_tables[3].specs = broker_schema_specs(&ret_tables[3].count);
    ret_tables[4].specs = ui_schema_specs(&ret_tables[4].count);
}

/* ---- reading: what the tables have let pass ---- */

static void read_keys(const struct settings_values *values, struct cluster *cluster)
{
    cluster->keys = settings_text(values, "cluster.keys");
    cluster->client = settings_text(values, "cluster.client");
}

static void read_nimbus(const struct settings_values *values, struct cluster *cluster)
{
    cluster->nimbus_listen = settings_text(values, "nimbus.listen");
    cluster->nimbus_host = settings_text(values, "nimbus.host");
    cluster->nimbus_data = settings_text(values, "nimbus.data");
    cluster->nimbus_id = settings_text(values, "nimbus.id");
    cluster->nimbus_blob_bytes_max = settings_bytes(values, "nimbus.blob.bytes.max");
    cluster->nimbus_away_ms = settings_ms(values, "nimbus.supervisor.timeout.secs");
    cluster->nimbus_monitor_ms = settings_ms(values, "nimbus.monitor.freq.secs");
    cluster->nimbus_deletion_delay_ms =
        settings_u64(values, "nimbus.topology.blobstore.deletion.delay.ms");
    cluster->nimbus_history_bytes_max = settings_bytes(values, "nimbus.history.bytes.max");
}

static void read_supervisor(const struct settings_values *values, struct cluster *cluster)
{
    cluster->supervisor_listen = settings_text(values, "supervisor.listen");
    cluster->supervisor_host = settings_text(values, "supervisor.host");
    cluster->supervisor_data = settings_text(values, "supervisor.data");
    cluster->supervisor_id = settings_text(values, "supervisor.id");
    cluster->supervisor_slots = settings_u32(values, "supervisor.slots");
    cluster->supervisor_cpu_percent = settings_u32(values, "supervisor.cpu.capacity");
    cluster->supervisor_memory_mb = settings_u64(values, "supervisor.memory.capacity.mb");
    cluster->supervisor_labels = settings_text(values, "supervisor.labels");
    cluster->supervisor_health_dir = settings_text(values, "supervisor.health.dir");
    cluster->supervisor_health_timeout_ms = settings_ms(values, "supervisor.health.timeout.secs");
    cluster->supervisor_health_ms = settings_ms(values, "supervisor.health.freq.secs");
}

/* How a supervisor keeps its workers, and how long they do without it. */
static void read_workers(const struct settings_values *values, struct cluster *cluster)
{
    cluster->supervisor_start_timeout_ms =
        settings_ms(values, "supervisor.worker.start.timeout.secs");
    cluster->supervisor_worker_timeout_ms = settings_ms(values, "supervisor.worker.timeout.secs");
    cluster->supervisor_shutdown_ms = settings_ms(values, "supervisor.worker.shutdown.sleep.secs");
    cluster->supervisor_backoff_min_ms = settings_u64(values, "supervisor.restart.backoff.min.ms");
    cluster->supervisor_backoff_max_ms = settings_u64(values, "supervisor.restart.backoff.max.ms");
    cluster->supervisor_log_bytes_max = settings_bytes(values, "supervisor.log.bytes.max");
    cluster->supervisor_log_files_max = settings_u32(values, "supervisor.log.files.max");
    cluster->supervisor_worker_memory_mb = settings_u64(values, "supervisor.worker.memory.max.mb");
    cluster->supervisor_worker_files_max = settings_u32(values, "supervisor.worker.files.max");
    cluster->supervisor_worker_user = settings_text(values, "supervisor.worker.user");
    cluster->supervisor_cgroup = settings_text(values, "supervisor.cgroup");
    cluster->worker_supervisor_timeout_ms = settings_ms(values, "worker.supervisor.timeout.secs");
    cluster->worker_coord_timeout_ms = settings_ms(values, "worker.coord.timeout.secs");
}

/* ---- what no table can say ---- */

static enum err check_backoff(const struct settings_values *values, const struct cluster *cluster,
                              struct error *error)
{
    struct setting min = settings_value(values, "supervisor.restart.backoff.min.ms");
    struct setting max = settings_value(values, "supervisor.restart.backoff.max.ms");

    if (cluster->supervisor_backoff_min_ms <= cluster->supervisor_backoff_max_ms)
        return ERR_OK;
    return error_set(error, ERR_INVALID,
                     "setting '%s' is '%s' (%s), which is more than '%s', '%s' (%s): lower the one "
                     "or raise the other",
                     min.key, min.value, min.origin, max.key, max.value, max.origin);
}

static enum err check_labels(const struct settings_values *values, struct error *error)
{
    struct setting setting = settings_value(values, "supervisor.labels");
    struct error why;
    struct labels labels;

    if (labels_parse(setting.value, &labels, &why) == ERR_OK) {
        labels_done(&labels);
        return ERR_OK;
    }
    return error_set(error, why.code, "%s: setting '%s': %s", setting.origin, setting.key,
                     why.text);
}

/* The names of nodes in the cluster state: see coord/state/paths.h. */
static enum err check_id(const struct settings_values *values, const char *key, struct error *error)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    struct setting setting = settings_value(values, key);

    if (setting.value[0] != '.' && setting.value[strspn(setting.value, good)] == '\0')
        return ERR_OK;
    return error_set(error, ERR_INVALID,
                     "%s: setting '%s' is '%s', but must consist of letters, digits, '.', '_' and "
                     "'-', and not begin with '.'",
                     setting.origin, key, setting.value);
}

enum err cluster_make(const struct settings *settings, struct cluster *ret_cluster,
                      struct error *error)
{
    struct setting_table tables[CLUSTER_TABLES];
    struct settings_values values = {.settings = settings, .table = {specs, COUNT_OF(specs)}};
    struct cluster cluster = {.log_level = 0};

    cluster_tables(tables);
    enum err err = settings_check_tables(settings, tables, CLUSTER_TABLES, error);
    if (err == ERR_OK)
        err = check_id(&values, "nimbus.id", error);
    if (err == ERR_OK)
        err = check_id(&values, "supervisor.id", error);
    if (err == ERR_OK)
        err = check_labels(&values, error);
    if (err == ERR_OK)
        err = settings_log_level(&values, "log.level", &cluster.log_level, error);
    if (err != ERR_OK)
        return err;
    read_keys(&values, &cluster);
    read_nimbus(&values, &cluster);
    read_supervisor(&values, &cluster);
    read_workers(&values, &cluster);
    err = check_backoff(&values, &cluster, error);
    if (err == ERR_OK)
        *ret_cluster = cluster;
    return err;
}
