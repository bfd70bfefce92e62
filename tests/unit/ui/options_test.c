/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/options.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static enum err make(const char *const *lines, size_t count, struct settings *settings,
                     struct ui_options *ret_options, struct error *error)
{
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(settings_put_line(settings, lines[i], "-c", error), ERR_OK);
    return ui_options_make(settings, ret_options, error);
}

START_TEST(without_settings_there_are_defaults)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    AUTO(ui_options_done) struct ui_options options = {.host_count = 0};
    struct error error;

    ck_assert_int_eq(make(NULL, 0, settings, &options, &error), ERR_OK);
    ck_assert_str_eq(options.listen, "127.0.0.1:8080");
    ck_assert(!options.is_public && options.allows_actions);
    ck_assert_ptr_null(options.token_file);
    ck_assert_ptr_null(options.folder);
    ck_assert_uint_eq(options.connections_max, 512);
    ck_assert_uint_eq(options.streams_max, 256);
    ck_assert_uint_eq(options.body_bytes_max, HTTP_BODY_MAX);
    ck_assert_uint_eq(options.request_timeout_ms, 30000);
    ck_assert_uint_eq(options.backend_timeout_ms, 5000);
    ck_assert_uint_eq(options.threads, 8);
    ck_assert_str_eq(options.brokers, "127.0.0.1:9092");
    ck_assert(ui_guard(&options, NULL).has_actions);
}
END_TEST

START_TEST(an_address_for_others_must_be_meant_and_is_read_only_without_a_token)
{
    static const char *const closed[] = {"ui.listen=*:8080"};
    static const char *const opened[] = {"ui.public=true", "ui.hosts=gale.example.org, b"};
    AUTO(settings_destroy) struct settings *settings = settings_new();
    AUTO(ui_options_done) struct ui_options options = {.host_count = 0};
    struct error error;

    ck_assert_int_eq(make(closed, COUNT_OF(closed), settings, &options, &error), ERR_DENIED);
    ck_assert_ptr_nonnull(strstr(error.text, "set ui.public=true"));
    ck_assert_int_eq(make(opened, COUNT_OF(opened), settings, &options, &error), ERR_OK);

    struct guard guard = ui_guard(&options, NULL);
    ck_assert(guard.is_public && !guard.has_actions);
    ck_assert_ptr_nonnull(strstr(guard.why_no_actions, "ui.token.file"));
    ck_assert_uint_eq(guard.host_count, 2);
    ck_assert_str_eq(guard.hosts[0], "gale.example.org");
    ck_assert_str_eq(guard.hosts[1], "b");
    ck_assert(ui_guard(&options, "a-token-of-some-length").has_actions);
}
END_TEST

START_TEST(actions_can_be_turned_off)
{
    static const char *const lines[] = {"ui.actions=false"};
    AUTO(settings_destroy) struct settings *settings = settings_new();
    AUTO(ui_options_done) struct ui_options options = {.host_count = 0};
    struct error error;

    ck_assert_int_eq(make(lines, COUNT_OF(lines), settings, &options, &error), ERR_OK);
    ck_assert(!ui_guard(&options, "a-token-of-some-length").has_actions);
}
END_TEST

START_TEST(what_is_wrong_is_said_with_its_place)
{
    static const char *const lines[] = {"ui.listen=127.0.0.1", "ui.hosts=a:b/c", "ui.threads=0",
                                        "ui.log.level=loud", "ui.prot=1"};

    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        AUTO(settings_destroy) struct settings *settings = settings_new();
        struct ui_options options;
        struct error error;

        ck_assert_msg(make(&lines[i], 1, settings, &options, &error) == ERR_INVALID, "%s",
                      lines[i]);
        ck_assert_msg(strncmp(error.text, "-c: ", 4) == 0, "%s", error.text);
    }
}
END_TEST

START_TEST(a_token_is_one_line_of_some_length)
{
    static const char *const wrong[] = {"",
                                        "short",
                                        "0123456789abcde\n",
                                        "0123456789 abcdefg",
                                        "0123456789abcdef\nx",
                                        "0123456789abcdef\x7F"};
    char *token = NULL;

    ck_assert_int_eq(ui_token_read("0123456789abcdef\r\n", 18, &token, NULL), ERR_OK);
    ck_assert_str_eq(token, "0123456789abcdef");
    mem_free_text(&token);
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        ck_assert_int_eq(ui_token_read(wrong[i], strlen(wrong[i]), &token, NULL), ERR_INVALID);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        without_settings_there_are_defaults,
        an_address_for_others_must_be_meant_and_is_read_only_without_a_token,
        actions_can_be_turned_off, what_is_wrong_is_said_with_its_place,
        a_token_is_one_line_of_some_length};

    return suite_run("options", tests, COUNT_OF(tests));
}
