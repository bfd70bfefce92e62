/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/config.h"

#include <stdio.h>

#include "tests/support/plans.h"
#include "tests/support/suite.h"

/* The good plan, checked, as config_make() wants it. */
static struct plan *checked_plan(void)
{
    struct plan *plan = plan_text_plan(PLAN_WORD_COUNT);
    enum err err = plan_check(plan, NULL);

    ASSERT(err == ERR_OK);
    return plan;
}

/* A file with one setting in each line, then the lines of -c up to the first NULL. */
static struct settings *overrides(const char *yaml, const char *const lines[])
{
    struct settings *settings = settings_new();
    enum err err = settings_load_yaml(settings, yaml, strlen(yaml), "gale.yaml", NULL);

    ASSERT(err == ERR_OK);
    for (size_t i = 0; lines[i] != NULL; i++) {
        err = settings_put_line(settings, lines[i], "-c", NULL);
        ASSERT(err == ERR_OK);
    }
    return settings;
}

static const char *const none[] = {NULL};

static void expect_setting(const struct config *config, const char *key, const char *value,
                           const char *origin)
{
    const struct setting *setting = settings_find(config->effective, key);

    ck_assert_msg(setting != NULL, "'%s' is not set", key);
    ck_assert_str_eq(setting->value, value);
    ck_assert_str_eq(setting->origin, origin);
}

START_TEST(every_builtin_setting_has_a_default_that_fits)
{
    size_t count = 0;
    const struct setting_spec *specs = config_specs(&count);
    AUTO(settings_destroy) struct settings *settings = settings_new();

    ck_assert_uint_eq(count, 22);
    for (size_t i = 0; i < count; i++) {
        ck_assert_ptr_nonnull(specs[i].help);
        ck_assert_int_eq(settings_put(settings, specs[i].key, specs[i].fallback, "default", NULL),
                         ERR_OK);
    }
    ck_assert_int_eq(settings_check(settings, specs, count, NULL), ERR_OK);
}
END_TEST

START_TEST(without_overrides_defaults_and_topology_hold)
{
    AUTO(plan_destroy) struct plan *plan = checked_plan();
    AUTO(settings_destroy) struct settings *settings = overrides("", none);
    AUTO(config_destroy) struct config *config = NULL;

    ck_assert_int_eq(config_make(plan, settings, &config, NULL), ERR_OK);
    ck_assert_uint_eq(config->timeout_ms, 30000);
    ck_assert(config->acking);
    ck_assert(config->stats);
    ck_assert_uint_eq(config->pending_max, 0);
    ck_assert_uint_eq(config->held_max, 65536);
    ck_assert_uint_eq(config->tuple_bytes_max, 1 << 20);
    ck_assert_uint_eq(config->emit_bytes_max, 16 << 20);
    ck_assert_uint_eq(config->link_bytes, 1 << 20);
    ck_assert_uint_eq(config->block_bytes, 64 << 10);
    ck_assert_uint_eq(config->idle_max_ms, 10);
    ck_assert_uint_eq(config->drain_ms, 10000);
    ck_assert_uint_eq(config->workers, 1);
    ck_assert_uint_eq(config->isolate_machines, 0);
    ck_assert_uint_eq(config->loops, 0);
    ck_assert_uint_eq(config->seed, 0);
    ck_assert_uint_eq(config->log_level, 1);

    expect_setting(config, "topology.acking", "true", "default");
    expect_setting(config, "language", "English", "topology");
    expect_setting(config, "reader.path", "in.txt", "topology");
    expect_setting(config, "reader.max_pending", "1000", "topology");
    expect_setting(config, "splitter.tasks", "4", "topology");
    expect_setting(config, "counter.executors", "2", "topology");
    expect_setting(config, "counter.own_loop", "true", "topology");
    expect_setting(config, "counter.tick_ms", "500", "topology");
    expect_setting(config, "counter.cpu_percent", "0", "default");
    expect_setting(config, "reader.memory_mb", "0", "default");
    expect_setting(config, "splitter.labels", "", "default");
    ck_assert_ptr_null(settings_find(config->effective, "splitter.max_pending"));
    ck_assert_ptr_null(settings_find(config->effective, "reader.limit"));
}
END_TEST

START_TEST(later_sources_beat_earlier_ones_and_say_so)
{
    AUTO(plan_destroy) struct plan *plan = checked_plan();
    AUTO(settings_destroy)
    struct settings *settings =
        overrides("topology:\n"
                  "  message.timeout.secs: 5\n"
                  "  link.bytes: 2MiB\n"
                  "reader:\n"
                  "  path: from-file\n"
                  "  limit: 7\n"
                  "language: Welsh\n"
                  "worker.loops: 3\n",
                  (const char *const[]){"topology.message.timeout.secs=0.25", "reader.path=a=b",
                                        "worker.seed=18446744073709551615", "topology.drain.secs=0",
                                        "topology.acking=false", NULL});
    AUTO(config_destroy) struct config *config = NULL;

    ck_assert_int_eq(config_make(plan, settings, &config, NULL), ERR_OK);
    ck_assert_uint_eq(config->timeout_ms, 250);
    ck_assert_uint_eq(config->link_bytes, 2 << 20);
    ck_assert_uint_eq(config->loops, 3);
    ck_assert_uint_eq(config->seed, UINT64_MAX);
    ck_assert_uint_eq(config->drain_ms, 0);
    ck_assert(!config->acking);
    expect_setting(config, "topology.message.timeout.secs", "0.25", "-c");
    expect_setting(config, "topology.link.bytes", "2MiB", "gale.yaml:3:15");
    expect_setting(config, "reader.path", "a=b", "-c");
    expect_setting(config, "reader.limit", "7", "gale.yaml:6:10");
    expect_setting(config, "language", "Welsh", "gale.yaml:7:11");
}
END_TEST

START_TEST(a_topology_may_set_what_is_built_in_and_what_its_components_declare)
{
    AUTO(mem_free_text)
    char *text = plan_text_edit(PLAN_WORD_COUNT, "{'key': 'language', 'value': 'English'}",
                                "{'key': 'topology.drain.secs', 'value': '1.5'},"
                                "{'key': 'reader.path', 'value': 'other.txt'},"
                                "{'key': 'splitter.tasks', 'value': '8'}");
    AUTO(plan_destroy) struct plan *plan = plan_text_plan(text);
    AUTO(settings_destroy) struct settings *settings = overrides("", none);
    AUTO(config_destroy) struct config *config = NULL;

    ck_assert_int_eq(plan_check(plan, NULL), ERR_OK);
    ck_assert_int_eq(config_make(plan, settings, &config, NULL), ERR_OK);
    ck_assert_uint_eq(config->drain_ms, 1500);
    expect_setting(config, "topology.drain.secs", "1.5", "topology");
    expect_setting(config, "reader.path", "other.txt", "topology");
    ck_assert_uint_eq(plan->components[1].tasks, 8);
    ck_assert_uint_eq(plan->components[1].executors, 8);
}
END_TEST

START_TEST(a_value_of_the_component_is_found_before_that_of_the_topology)
{
    AUTO(plan_destroy) struct plan *plan = checked_plan();
    AUTO(settings_destroy)
    struct settings *settings =
        overrides("", (const char *const[]){"counter.language=Latin", NULL});
    AUTO(config_destroy) struct config *config = NULL;

    ck_assert_int_eq(config_make(plan, settings, &config, NULL), ERR_OK);
    ck_assert_str_eq(config_find(config, "counter", "language")->value, "Latin");
    ck_assert_str_eq(config_find(config, "reader", "language")->value, "English");
    ck_assert_str_eq(config_find(config, "reader", "path")->origin, "topology");
    ck_assert_str_eq(config_find(config, "counter", "topology.acking")->value, "true");
    ck_assert_ptr_null(config_find(config, "counter", "path"));
}
END_TEST

START_TEST(what_concerns_components_is_written_into_the_plan)
{
    AUTO(plan_destroy) struct plan *plan = checked_plan();
    AUTO(settings_destroy)
    struct settings *settings =
        overrides("", (const char *const[]){"reader.max_pending=10", "reader.tick_ms=20",
                                            "splitter.own_loop=true", "counter.own_loop=false",
                                            "counter.tasks=12", "counter.executors=3", NULL});
    AUTO(config_destroy) struct config *config = NULL;

    ck_assert_int_eq(config_make(plan, settings, &config, NULL), ERR_OK);
    ck_assert_uint_eq(plan->components[0].max_pending, 10);
    ck_assert_uint_eq(plan->components[0].tick_ms, 20);
    ck_assert(plan->components[1].own_loop);
    ck_assert(!plan->components[2].own_loop);
    ck_assert_uint_eq(plan->components[2].tasks, 12);
    ck_assert_uint_eq(plan->components[2].executors, 3);
    ck_assert_uint_eq(plan->task_count, 17);
}
END_TEST

START_TEST(executors_follow_the_tasks_unless_they_are_set)
{
    static const struct {
        const char *lines[3];
        size_t component; /* splitter has 4 tasks in 4 executors, counter 6 in 2 */
        uint32_t executors;
        const char *origin;
    } rows[] = {
        {{"splitter.tasks=8"}, 1, 8, "-c"},
        {{"splitter.tasks=2"}, 1, 2, "-c"},
        {{"splitter.tasks=4"}, 1, 4, "topology"},
        {{"splitter.tasks=8", "splitter.executors=4"}, 1, 4, "-c"},
        {{"splitter.executors=1"}, 1, 1, "-c"},
        {{"counter.tasks=12"}, 2, 2, "topology"},
        {{"counter.tasks=1"}, 2, 1, "-c"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO(plan_destroy) struct plan *plan = checked_plan();
        AUTO(settings_destroy) struct settings *settings = overrides("", rows[i].lines);
        AUTO(config_destroy) struct config *config = NULL;

        ck_assert_int_eq(config_make(plan, settings, &config, NULL), ERR_OK);
        const struct plan_component *component = &plan->components[rows[i].component];
        const struct setting *setting = config_find(config, component->name, "executors");
        char value[16];

        (void)snprintf(value, sizeof value, "%u", (unsigned)rows[i].executors);
        ck_assert_msg(component->executors == rows[i].executors, "row %zu", i);
        ck_assert_str_eq(setting->value, value);
        ck_assert_str_eq(setting->origin, rows[i].origin);
    }
}
END_TEST

START_TEST(what_is_wrong_is_said_with_its_place)
{
    static const struct {
        const char *line;
        const char *text;
    } rows[] = {
        {"topology.ackin=true",
         "-c: unknown setting 'topology.ackin'; did you mean 'topology.acking'?"},
        {"spliter.tasks=2", "-c: unknown setting 'spliter.tasks'; did you mean 'splitter.tasks'?"},
        {"reader.pth=x", "-c: unknown setting 'reader.pth'; did you mean 'reader.path'?"},
        {"something.else=1", "-c: unknown setting 'something.else'"},
        {"splitter.max_pending=1",
         "-c: setting 'splitter.max_pending': only spouts have max_pending"},
        {"splitter.tasks=0",
         "-c: setting 'splitter.tasks' is '0', but must be a whole number from 1 to 16384"},
        {"splitter.tasks=many",
         "-c: setting 'splitter.tasks' is 'many', but must be a whole number from 1 to 16384"},
        {"counter.own_loop=1", "-c: setting 'counter.own_loop' is '1', but must be true or false"},
        {"topology.message.timeout.secs=0",
         "-c: setting 'topology.message.timeout.secs' is '0', but must be a number of seconds "
         "from 0.01 to 86400"},
        {"topology.block.bytes=2MiB",
         "-c: setting 'topology.block.bytes' is '2MiB', but must be a size such as 4096, 64KiB or "
         "1MiB from 4KiB to 1MiB"},
        {"splitter.cpu_percnt=1",
         "-c: unknown setting 'splitter.cpu_percnt'; did you mean 'splitter.cpu_percent'?"},
        {"splitter.labels=fast,,ssd",
         "-c: setting 'splitter.labels': '' is not a label: one consists of letters, digits, '.', "
         "'_' and '-', and a ',' stands between two"},
        {"topology.workers=0",
         "-c: setting 'topology.workers' is '0', but must be a whole number from 1 to 4096"},
        {"worker.log.level=loud",
         "-c: setting 'worker.log.level' is 'loud', but must be debug, info, warn or error"},
        {"nimbus.lisen=127.0.0.1:1",
         "-c: unknown setting 'nimbus.lisen'; did you mean 'nimbus.listen'?"},
        {"coord.datta=x", "-c: unknown setting 'coord.datta'; did you mean 'coord.data'?"},
        {"supervisor.slots=many",
         "-c: setting 'supervisor.slots' is 'many', but must be a whole number from 0 to 1024"},
        {"splitter.executors=5", "-c: setting 'splitter.executors' is '5', but there are only 4 "
                                 "tasks: lower it or raise 'splitter.tasks'"},
        {"topology.tuple.bytes.max=32MiB",
         "-c: setting 'topology.tuple.bytes.max' is '32MiB', which is more than "
         "'topology.emit.bytes.max' ('16MiB'): lower the one or raise the other"},
        {"topology.emit.bytes.max=64KiB",
         "-c: setting 'topology.tuple.bytes.max' is '1MiB', which is more than "
         "'topology.emit.bytes.max' ('64KiB'): lower the one or raise the other"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO(plan_destroy) struct plan *plan = checked_plan();
        AUTO(settings_destroy)
        struct settings *settings = overrides("", (const char *const[]){rows[i].line, NULL});
        struct config *config = NULL;
        struct error error = {.code = ERR_OK};

        ck_assert_int_eq(config_make(plan, settings, &config, &error), ERR_INVALID);
        ck_assert_str_eq(error.text, rows[i].text);
        ck_assert_ptr_null(config);
    }
}
END_TEST

START_TEST(a_wrong_line_of_a_file_is_named)
{
    AUTO(plan_destroy) struct plan *plan = checked_plan();
    AUTO(settings_destroy)
    struct settings *settings = overrides("splitter:\n  tasks: 2\n  taks: 3\n", none);
    struct config *config = NULL;
    struct error error;

    ck_assert_int_eq(config_make(plan, settings, &config, &error), ERR_INVALID);
    ck_assert_str_eq(error.text, "gale.yaml:3:9: unknown setting 'splitter.taks'; did you mean "
                                 "'splitter.tasks'?");
}
END_TEST

START_TEST(a_mistake_of_the_topology_is_named_as_its_own)
{
    static const struct {
        const char *setting;
        const char *text;
    } rows[] = {
        {"{'key': 'topology.ackin', 'value': 'false'}",
         "topology: unknown setting 'topology.ackin'; did you mean 'topology.acking'?"},
        {"{'key': 'topology.acking', 'value': 'no'}",
         "topology: setting 'topology.acking' is 'no', but must be true or false"},
        {"{'key': 'nimbus.listen', 'value': '127.0.0.1:1'}",
         "topology: unknown setting 'nimbus.listen'"},
        {"{'key': 'supervisor.color', 'value': 'red'}",
         "topology: unknown setting 'supervisor.color'"},
        {"{'key': 'log.color', 'value': 'red'}", "topology: unknown setting 'log.color'"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO(mem_free_text)
        char *text = plan_text_edit(PLAN_WORD_COUNT, "{'key': 'language', 'value': 'English'}",
                                    rows[i].setting);
        AUTO(plan_destroy) struct plan *plan = plan_text_plan(text);
        AUTO(settings_destroy) struct settings *settings = overrides("", none);
        struct config *config = NULL;
        struct error error;

        ck_assert_int_eq(plan_check(plan, NULL), ERR_OK);
        ck_assert_int_eq(config_make(plan, settings, &config, &error), ERR_INVALID);
        ck_assert_str_eq(error.text, rows[i].text);
    }
}
END_TEST

START_TEST(a_topology_says_where_it_may_run)
{
    AUTO(plan_destroy) struct plan *plan = checked_plan();
    AUTO(settings_destroy)
    struct settings *settings =
        overrides("counter:\n  labels: [fast, ssd]\n  cpu_percent: 50\n",
                  (const char *const[]){"topology.workers=4096", "topology.isolate.machines=2",
                                        "counter.memory_mb=128", NULL});
    AUTO(config_destroy) struct config *config = NULL;

    ck_assert_int_eq(config_make(plan, settings, &config, NULL), ERR_OK);
    ck_assert_uint_eq(config->workers, 4096);
    ck_assert_uint_eq(config->isolate_machines, 2);
    ck_assert_str_eq(config_find(config, "counter", "labels")->value, "fast,ssd");
    ck_assert_str_eq(config_find(config, "counter", "cpu_percent")->value, "50");
    ck_assert_str_eq(config_find(config, "counter", "memory_mb")->value, "128");
    ck_assert_str_eq(config_find(config, "splitter", "memory_mb")->value, "0");
}
END_TEST

START_TEST(the_file_of_the_whole_cluster_will_do)
{
    static const char *const others[] = {"nimbus.listen", "supervisor.slots", "log.level",
                                         "worker.coord.timeout.secs", "coord.listen"};
    AUTO(plan_destroy) struct plan *plan = checked_plan();
    AUTO(settings_destroy)
    struct settings *settings = overrides("nimbus.listen: 10.0.0.1:6627\n"
                                          "supervisor.slots: 8\n"
                                          "log.level: debug\n"
                                          "worker.coord.timeout.secs: 5\n"
                                          "coord.listen: 10.0.0.1:2181\n"
                                          "coord.servers: 10.0.0.1:2181\n"
                                          "topology.workers: 3\n",
                                          none);
    AUTO(config_destroy) struct config *config = NULL;

    ck_assert_int_eq(config_make(plan, settings, &config, NULL), ERR_OK);
    ck_assert_uint_eq(config->workers, 3);
    expect_setting(config, "coord.servers", "10.0.0.1:2181", "gale.yaml:6:16");
    for (size_t i = 0; i < COUNT_OF(others); i++)
        ck_assert_ptr_null(settings_find(config->effective, others[i]));
}
END_TEST

START_TEST(too_many_tasks_in_all_are_refused)
{
    AUTO(plan_destroy) struct plan *plan = checked_plan();
    AUTO(settings_destroy)
    struct settings *settings = overrides("", (const char *const[]){"splitter.tasks=16384", NULL});
    struct config *config = NULL;
    struct error error;

    ck_assert_int_eq(config_make(plan, settings, &config, &error), ERR_LIMIT);
    ck_assert_str_eq(error.text, "topology 'word-count' has 16391 tasks in all: at most 16384");
    ck_assert_ptr_null(config);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_builtin_setting_has_a_default_that_fits,
        without_overrides_defaults_and_topology_hold,
        later_sources_beat_earlier_ones_and_say_so,
        a_topology_may_set_what_is_built_in_and_what_its_components_declare,
        a_value_of_the_component_is_found_before_that_of_the_topology,
        what_concerns_components_is_written_into_the_plan,
        executors_follow_the_tasks_unless_they_are_set,
        what_is_wrong_is_said_with_its_place,
        a_wrong_line_of_a_file_is_named,
        a_mistake_of_the_topology_is_named_as_its_own,
        a_topology_says_where_it_may_run,
        the_file_of_the_whole_cluster_will_do,
        too_many_tasks_in_all_are_refused,
    };
    return suite_run("config", tests, sizeof tests / sizeof *tests);
}
