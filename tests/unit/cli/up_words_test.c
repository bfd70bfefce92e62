/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/up_words.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "cli/up_plan.h"
#include "cli/views/up_view.h"
#include "cli/views/upload_view.h"
#include "tests/support/suite.h"

/* The last -c of that key; NULL if there is none. */
static const char *value_of(char *const *words, const char *key)
{
    const char *value = NULL;

    for (size_t i = 1; words[i] != NULL; i++) {
        size_t length = strlen(key);

        if (strcmp(words[i - 1], "-c") == 0 && strncmp(words[i], key, length) == 0 &&
            words[i][length] == '=')
            value = words[i] + length + 1;
    }
    return value;
}

static struct settings *settings_of(const char *const *lines, size_t count)
{
    struct settings *settings = settings_new();
    struct error error;

    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(settings_put_line(settings, lines[i], "-c", &error), ERR_OK);
    return settings;
}

START_TEST(each_daemon_gets_its_folder_and_addresses)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    struct up_words_options options = {.folder = "/s",
                                       .coord_port = 2181,
                                       .nimbus_port = 6627,
                                       .broker_port = 9092,
                                       .ui_port = 8080,
                                       .slots = "4",
                                       .settings = settings};
    char **coord = up_words_make(&options, UP_COORD);
    char **nimbus = up_words_make(&options, UP_NIMBUS);
    char **broker = up_words_make(&options, UP_BROKER);
    char **page = up_words_make(&options, UP_UI);
    char **supervisor = up_words_make(&options, UP_SUPERVISOR + 1);

    ck_assert_str_eq(coord[0], "gale-coord");
    ck_assert_str_eq(value_of(coord, "coord.data"), "/s/coord");
    ck_assert_str_eq(value_of(coord, "coord.listen"), "127.0.0.1:2181");
    ck_assert_ptr_null(value_of(coord, "coord.servers"));
    ck_assert_str_eq(value_of(coord, "coord.tick_ms"), "500");
    ck_assert_str_eq(value_of(nimbus, "coord.session_timeout_ms"), "3000");
    ck_assert_str_eq(nimbus[0], "gale-nimbus");
    ck_assert_str_eq(value_of(nimbus, "coord.servers"), "127.0.0.1:2181");
    ck_assert_str_eq(value_of(nimbus, "nimbus.data"), "/s/nimbus");
    ck_assert_str_eq(value_of(nimbus, "nimbus.listen"), "127.0.0.1:6627");
    ck_assert_str_eq(value_of(nimbus, "log.brokers"), "127.0.0.1:9092");
    ck_assert_str_eq(broker[0], "gale-broker");
    ck_assert_str_eq(value_of(broker, "coord.servers"), "127.0.0.1:2181");
    ck_assert_str_eq(value_of(broker, "broker.data"), "/s/log");
    ck_assert_str_eq(value_of(broker, "broker.listen"), "127.0.0.1:9092");
    ck_assert_str_eq(page[0], "gale-ui");
    ck_assert_str_eq(value_of(page, "coord.servers"), "127.0.0.1:2181");
    ck_assert_str_eq(value_of(page, "log.brokers"), "127.0.0.1:9092");
    ck_assert_str_eq(value_of(page, "ui.listen"), "127.0.0.1:8080");
    ck_assert_str_eq(supervisor[0], "gale-supervisor");
    ck_assert_str_eq(supervisor[1], "--stop-workers");
    ck_assert_str_eq(value_of(supervisor, "supervisor.data"), "/s/supervisor-2");
    ck_assert_str_eq(value_of(supervisor, "supervisor.id"), "supervisor-2");
    ck_assert_str_eq(value_of(supervisor, "supervisor.slots"), "4");
    up_words_free(coord);
    up_words_free(nimbus);
    up_words_free(broker);
    up_words_free(page);
    up_words_free(supervisor);
}
END_TEST

START_TEST(settings_go_to_those_who_know_them_and_own_ones_win)
{
    static const char *const lines[] = {
        "coord.tick_ms=700",      "coord.session_timeout_ms=9000", "coord.root=/other",
        "topology.acking=false",  "coord.servers=elsewhere:1",     "nimbus.listen=elsewhere:2",
        "log.segment.bytes=1MiB", "log.brokers=kafka:9092",        "broker.listen=elsewhere:3"};
    AUTO(settings_destroy) struct settings *settings = settings_of(lines, COUNT_OF(lines));
    struct up_words_options options = {
        .folder = "/s", .coord_port = 1, .nimbus_port = 2, .broker_port = 3, .settings = settings};
    char **broker = up_words_make(&options, UP_BROKER);
    char **coord = up_words_make(&options, UP_COORD);
    char **nimbus = up_words_make(&options, UP_NIMBUS);

    ck_assert_str_eq(value_of(coord, "coord.tick_ms"), "700");
    ck_assert_str_eq(value_of(nimbus, "coord.session_timeout_ms"), "9000");
    ck_assert_ptr_null(value_of(coord, "coord.root"));
    ck_assert_ptr_null(value_of(coord, "topology.acking"));
    ck_assert_ptr_null(value_of(nimbus, "coord.tick_ms"));
    ck_assert_str_eq(value_of(nimbus, "coord.root"), "/other");
    ck_assert_str_eq(value_of(nimbus, "topology.acking"), "false");
    ck_assert_str_eq(value_of(nimbus, "coord.servers"), "127.0.0.1:1");
    ck_assert_str_eq(value_of(nimbus, "nimbus.listen"), "127.0.0.1:2");
    ck_assert_str_eq(value_of(nimbus, "log.brokers"), "kafka:9092");
    ck_assert_ptr_null(value_of(nimbus, "log.segment.bytes"));
    ck_assert_str_eq(value_of(broker, "log.segment.bytes"), "1MiB");
    ck_assert_str_eq(value_of(broker, "coord.session_timeout_ms"), "9000");
    ck_assert_str_eq(value_of(broker, "broker.listen"), "127.0.0.1:3");
    ck_assert_ptr_null(value_of(broker, "coord.tick_ms"));
    ck_assert_ptr_null(value_of(broker, "nimbus.listen"));
    up_words_free(broker);
    up_words_free(coord);
    up_words_free(nimbus);
}
END_TEST

START_TEST(settings_that_cannot_be_are_refused)
{
    static const char *const good[] = {"coord.tick_ms=500", "supervisor.slots=2"};
    static const char *const own[] = {"nimbus.listen=127.0.0.1:1"};
    static const char *const unknown[] = {"nimbus.lisen=127.0.0.1:1"};
    AUTO(settings_destroy) struct settings *good_settings = settings_of(good, COUNT_OF(good));
    AUTO(settings_destroy) struct settings *own_settings = settings_of(own, COUNT_OF(own));
    AUTO(settings_destroy)
    struct settings *unknown_settings = settings_of(unknown, COUNT_OF(unknown));
    AUTO(settings_destroy) struct settings *of_file = settings_new();
    struct error error;

    ck_assert_int_eq(up_words_check(good_settings, &error), ERR_OK);
    ck_assert_int_ne(up_words_check(own_settings, &error), ERR_OK);
    ck_assert_ptr_nonnull(strstr(error.text, "'nimbus.listen' is what 'gale up' decides itself"));
    ck_assert_int_ne(up_words_check(unknown_settings, &error), ERR_OK);
    ck_assert_ptr_nonnull(strstr(error.text, "did you mean 'nimbus.listen'?"));
    ck_assert_int_eq(settings_put(of_file, "nimbus.listen", "127.0.0.1:1", "g.yaml:1:1", &error),
                     ERR_OK);
    ck_assert_int_eq(up_words_check(of_file, &error), ERR_OK);
}
END_TEST

START_TEST(the_way_to_the_cluster_is_told_where_it_is_not_the_usual_one)
{
    struct up_view view = {.coord_port = 2181,
                           .nimbus_port = 6627,
                           .supervisors = 2,
                           .slots = 8,
                           .folder = "/s",
                           .config = "/s/gale.yaml",
                           .elapsed_ns = 420000000};
    struct text text;

    text_init(&text);
    up_view_render(&view, &text, STYLE_PLAIN);
    ck_assert_str_eq(text_data(&text),
                     "the cluster is up after 420 ms: 2 supervisors with room for 8 workers\n"
                     "  coord   127.0.0.1:2181\n"
                     "  nimbus  127.0.0.1:6627\n"
                     "  state   /s (logs in logs/)\n"
                     "next: gale submit TOPOLOGY.so   (Ctrl-C here stops everything)\n");
    text_clear(&text);
    view.ui_port = 8080;
    up_view_render(&view, &text, STYLE_PLAIN);
    ck_assert_ptr_nonnull(strstr(text_data(&text), "\n  ui      http://127.0.0.1:8080\n  state"));
    text_clear(&text);
    view.ui_port = 0;
    view.broker_port = 9092;
    up_view_render(&view, &text, STYLE_PLAIN);
    ck_assert_ptr_nonnull(strstr(text_data(&text), "\n  log     127.0.0.1:9092\n  state"));
    ck_assert_ptr_null(strstr(text_data(&text), "--brokers"));
    text_clear(&text);
    view.broker_port = 4001;
    up_view_render(&view, &text, STYLE_PLAIN);
    ck_assert_ptr_nonnull(strstr(text_data(&text), "\nor --brokers 127.0.0.1:4001\n"));
    text_clear(&text);
    view.coord_port = 4000;
    up_view_render(&view, &text, STYLE_PLAIN);
    ck_assert_ptr_nonnull(strstr(text_data(&text), "\n  export GALE_CONFIG=/s/gale.yaml\n"));
    ck_assert_ptr_nonnull(strstr(text_data(&text), "\nor --server 127.0.0.1:4000\n"));
    text_done(&text);
}
END_TEST

START_TEST(a_bar_grows_up_to_its_end)
{
    struct text text;

    text_init(&text);
    upload_view_bar("wc.so", 0, 0, &text);
    ck_assert_str_eq(text_data(&text),
                     "uploading wc.so [########################] 100 % of 0.0 MiB");
    text_clear(&text);
    upload_view_bar("wc.so", 1 << 20, 3 << 20, &text);
    ck_assert_str_eq(text_data(&text),
                     "uploading wc.so [########----------------]  33 % of 3.0 MiB");
    text_done(&text);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        each_daemon_gets_its_folder_and_addresses,
        settings_go_to_those_who_know_them_and_own_ones_win,
        settings_that_cannot_be_are_refused,
        the_way_to_the_cluster_is_told_where_it_is_not_the_usual_one,
        a_bar_grows_up_to_its_end,
    };
    return suite_run("up_words", tests, sizeof tests / sizeof *tests);
}
