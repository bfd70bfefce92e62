/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/cluster.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "tests/support/suite.h"

static struct settings *settings_of(const char *yaml)
{
    struct settings *settings = settings_new();
    struct error error;

    ck_assert_msg(settings_load_yaml(settings, yaml, strlen(yaml), "gale.yaml", &error) == ERR_OK,
                  "%s", error.text);
    return settings;
}

static struct cluster make(const struct settings *settings)
{
    struct cluster cluster;
    struct error error;

    ck_assert_msg(cluster_make(settings, &cluster, &error) == ERR_OK, "%s", error.text);
    return cluster;
}

START_TEST(every_setting_has_a_default_that_fits_and_stands_in_one_table)
{
    struct setting_table tables[CLUSTER_TABLES];
    AUTO(settings_destroy) struct settings *settings = settings_new();

    cluster_tables(tables);
    for (size_t i = 0; i < CLUSTER_TABLES; i++) {
        ck_assert_uint_gt(tables[i].count, 0);
        for (size_t j = 0; j < tables[i].count; j++) {
            const struct setting_spec *spec = &tables[i].specs[j];

            ck_assert_uint_gt(strlen(spec->help), 10);
            ck_assert_msg(settings_find(settings, spec->key) == NULL, "'%s' is twice", spec->key);
            ck_assert_int_eq(settings_put(settings, spec->key, spec->fallback, "default", NULL),
                             ERR_OK);
        }
    }
    ck_assert_int_eq(settings_check_tables(settings, tables, CLUSTER_TABLES, NULL), ERR_OK);
}
END_TEST

START_TEST(without_settings_nimbus_is_as_the_table_says)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    struct cluster cluster = make(settings);

    ck_assert_str_eq(cluster.nimbus_listen, "127.0.0.1:6627");
    ck_assert_str_eq(cluster.nimbus_host, "");
    ck_assert_str_eq(cluster.nimbus_data, "");
    ck_assert_str_eq(cluster.nimbus_id, "");
    ck_assert_uint_eq(cluster.nimbus_blob_bytes_max, 100 << 20);
    ck_assert_uint_eq(cluster.nimbus_monitor_ms, 10000);
    ck_assert_uint_eq(cluster.nimbus_deletion_delay_ms, 300000);
    ck_assert_uint_eq(cluster.log_level, LOG_INFO);
}
END_TEST

START_TEST(without_settings_a_supervisor_is_as_the_table_says)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    struct cluster cluster = make(settings);

    ck_assert_str_eq(cluster.supervisor_listen, "127.0.0.1:0");
    ck_assert_str_eq(cluster.supervisor_host, "127.0.0.1");
    ck_assert_str_eq(cluster.supervisor_data, "");
    ck_assert_str_eq(cluster.supervisor_id, "");
    ck_assert_uint_eq(cluster.supervisor_slots, 4);
    ck_assert_uint_eq(cluster.supervisor_cpu_percent, 0);
    ck_assert_uint_eq(cluster.supervisor_memory_mb, 0);
    ck_assert_str_eq(cluster.supervisor_labels, "");
    ck_assert_str_eq(cluster.supervisor_health_dir, "");
    ck_assert_uint_eq(cluster.supervisor_health_timeout_ms, 5000);
    ck_assert_uint_eq(cluster.supervisor_health_ms, 30000);
    ck_assert_uint_eq(cluster.supervisor_start_timeout_ms, 120000);
    ck_assert_uint_eq(cluster.supervisor_worker_timeout_ms, 30000);
    ck_assert_uint_eq(cluster.supervisor_shutdown_ms, 3000);
    ck_assert_uint_eq(cluster.supervisor_backoff_min_ms, 100);
    ck_assert_uint_eq(cluster.supervisor_backoff_max_ms, 60000);
    ck_assert_uint_eq(cluster.supervisor_log_bytes_max, 16 << 20);
    ck_assert_uint_eq(cluster.supervisor_log_files_max, 4);
    ck_assert_uint_eq(cluster.supervisor_worker_memory_mb, 0);
    ck_assert_uint_eq(cluster.supervisor_worker_files_max, 0);
    ck_assert_str_eq(cluster.supervisor_cgroup, "");
    ck_assert_uint_eq(cluster.worker_supervisor_timeout_ms, 60000);
    ck_assert_uint_eq(cluster.worker_coord_timeout_ms, 600000);
}
END_TEST

/* No two values are the same, so that none can stand for another. */
static const char file_of_nimbus[] = "nimbus:\n"
                                     "  listen: 10.0.0.1:7000\n"
                                     "  host: n1.example\n"
                                     "  data: /var/lib/gale/nimbus\n"
                                     "  id: n-1\n"
                                     "  blob.bytes.max: 1MiB\n"
                                     "  monitor.freq.secs: 0.25\n"
                                     "  topology.blobstore.deletion.delay.ms: 77\n"
                                     "log.level: warn\n"
                                     "coord.listen: 10.0.0.1:2181\n"
                                     "coord.servers: 10.0.0.1:2181\n"
                                     "topology.workers: 8\n";

START_TEST(settings_of_nimbus_come_through)
{
    AUTO(settings_destroy) struct settings *settings = settings_of(file_of_nimbus);
    struct cluster cluster = make(settings);

    ck_assert_str_eq(cluster.nimbus_listen, "10.0.0.1:7000");
    ck_assert_str_eq(cluster.nimbus_host, "n1.example");
    ck_assert_str_eq(cluster.nimbus_data, "/var/lib/gale/nimbus");
    ck_assert_str_eq(cluster.nimbus_id, "n-1");
    ck_assert_uint_eq(cluster.nimbus_blob_bytes_max, 1 << 20);
    ck_assert_uint_eq(cluster.nimbus_monitor_ms, 250);
    ck_assert_uint_eq(cluster.nimbus_deletion_delay_ms, 77);
    ck_assert_uint_eq(cluster.log_level, LOG_WARN);
}
END_TEST

static const char file_of_supervisor[] = "supervisor:\n"
                                         "  listen: 10.0.0.2:7001\n"
                                         "  host: 10.0.0.2\n"
                                         "  data: /srv/gale\n"
                                         "  id: s_1\n"
                                         "  slots: 9\n"
                                         "  cpu.capacity: 350\n"
                                         "  memory.capacity.mb: 2048\n"
                                         "  labels: [fast, ssd]\n"
                                         "  health: {dir: /etc/health, timeout.secs: 1, "
                                         "freq.secs: 2}\n"
                                         "  worker:\n"
                                         "    start.timeout.secs: 3\n"
                                         "    timeout.secs: 4\n"
                                         "    shutdown.sleep.secs: 5\n"
                                         "    memory.max.mb: 6\n"
                                         "    files.max: 7\n"
                                         "  restart.backoff: {min.ms: 8, max.ms: 10}\n"
                                         "  log: {bytes.max: 64KiB, files.max: 11}\n"
                                         "  cgroup: /sys/fs/cgroup/gale\n"
                                         "worker.supervisor.timeout.secs: 12\n"
                                         "worker.coord.timeout.secs: 0\n";

START_TEST(settings_of_a_supervisor_come_through)
{
    AUTO(settings_destroy) struct settings *settings = settings_of(file_of_supervisor);
    struct cluster cluster = make(settings);

    ck_assert_str_eq(cluster.supervisor_listen, "10.0.0.2:7001");
    ck_assert_str_eq(cluster.supervisor_host, "10.0.0.2");
    ck_assert_str_eq(cluster.supervisor_data, "/srv/gale");
    ck_assert_str_eq(cluster.supervisor_id, "s_1");
    ck_assert_uint_eq(cluster.supervisor_slots, 9);
    ck_assert_uint_eq(cluster.supervisor_cpu_percent, 350);
    ck_assert_uint_eq(cluster.supervisor_memory_mb, 2048);
    ck_assert_str_eq(cluster.supervisor_labels, "fast,ssd");
    ck_assert_str_eq(cluster.supervisor_health_dir, "/etc/health");
    ck_assert_uint_eq(cluster.supervisor_health_timeout_ms, 1000);
    ck_assert_uint_eq(cluster.supervisor_health_ms, 2000);
    ck_assert_uint_eq(cluster.supervisor_start_timeout_ms, 3000);
    ck_assert_uint_eq(cluster.supervisor_worker_timeout_ms, 4000);
    ck_assert_uint_eq(cluster.supervisor_shutdown_ms, 5000);
    ck_assert_uint_eq(cluster.supervisor_worker_memory_mb, 6);
    ck_assert_uint_eq(cluster.supervisor_worker_files_max, 7);
    ck_assert_uint_eq(cluster.supervisor_backoff_min_ms, 8);
    ck_assert_uint_eq(cluster.supervisor_backoff_max_ms, 10);
    ck_assert_uint_eq(cluster.supervisor_log_bytes_max, 64 << 10);
    ck_assert_uint_eq(cluster.supervisor_log_files_max, 11);
    ck_assert_str_eq(cluster.supervisor_cgroup, "/sys/fs/cgroup/gale");
    ck_assert_uint_eq(cluster.worker_supervisor_timeout_ms, 12000);
    ck_assert_uint_eq(cluster.worker_coord_timeout_ms, 0);
}
END_TEST

START_TEST(what_is_wrong_is_said_with_its_place)
{
    static const struct {
        const char *yaml;
        const char *text;
    } rows[] = {
        {"supervisor.slot: 1",
         "gale.yaml:1:18: unknown setting 'supervisor.slot'; did you mean 'supervisor.slots'?"},
        {"topology.worker: 1",
         "gale.yaml:1:18: unknown setting 'topology.worker'; did you mean 'topology.workers'?"},
        {"coord.datta: x",
         "gale.yaml:1:14: unknown setting 'coord.datta'; did you mean 'coord.data'?"},
        {"split.tasks: 3", "gale.yaml:1:14: unknown setting 'split.tasks'"},
        {"supervisor.slots: 1025", "gale.yaml:1:19: setting 'supervisor.slots' is '1025', but must "
                                   "be a whole number from 0 to 1024"},
        {"topology.workers: 0", "gale.yaml:1:19: setting 'topology.workers' is '0', but must be a "
                                "whole number from 1 to 4096"},
        {"log.level: loud", "gale.yaml:1:12: setting 'log.level' is 'loud', but must be debug, "
                            "info, warn or error"},
        {"nimbus.id: a/b",
         "gale.yaml:1:12: setting 'nimbus.id' is 'a/b', but must consist of letters, digits, '.', "
         "'_' and '-', and not begin with '.'"},
        {"supervisor.id: .a",
         "gale.yaml:1:16: setting 'supervisor.id' is '.a', but must consist of letters, digits, "
         "'.', '_' and '-', and not begin with '.'"},
        {"supervisor.labels: a b",
         "gale.yaml:1:20: setting 'supervisor.labels': 'a b' is not a label: one consists of "
         "letters, digits, '.', '_' and '-', and a ',' stands between two"},
        {"supervisor.restart.backoff.min.ms: 60001",
         "setting 'supervisor.restart.backoff.min.ms' is '60001' (gale.yaml:1:36), which is more "
         "than 'supervisor.restart.backoff.max.ms', '60000' (default): lower the one or raise the "
         "other"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO(settings_destroy) struct settings *settings = settings_of(rows[i].yaml);
        struct cluster cluster;
        struct error error = {.text = ""};

        ck_assert_int_eq(cluster_make(settings, &cluster, &error), ERR_INVALID);
        ck_assert_str_eq(error.text, rows[i].text);
        ck_assert_int_eq(cluster_make(settings, &cluster, NULL), ERR_INVALID);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_setting_has_a_default_that_fits_and_stands_in_one_table,
        without_settings_nimbus_is_as_the_table_says,
        without_settings_a_supervisor_is_as_the_table_says,
        settings_of_nimbus_come_through,
        settings_of_a_supervisor_come_through,
        what_is_wrong_is_said_with_its_place,
    };
    return suite_run("cluster", tests, sizeof tests / sizeof *tests);
}
