/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "tests/support/suite.h"
#include "tests/unit/ui/api/check.h"
#include "tests/unit/ui/messages/fake_log.h"

#define RESET(group) "POST /api/v2/log/groups/" group "/reset"

static struct canned_backend *make(void)
{
    struct canned_backend *canned = canned_backend_new();

    canned_backend_set_log(canned, fake_log());
    return canned;
}

START_TEST(a_preview_changes_nothing_and_says_what_would_be)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    check_answer(canned, messages_routes(), RESET("denied"),
                 "{\"topic\": \"lines\", \"to\": \"time:20\", \"dry_run\": true}",
                 "{\"noted\":false,\"partitions\":["
                 "{\"committed\":1,\"end\":3,\"first\":0,\"offset\":1,\"partition\":0},"
                 "{\"committed\":null,\"end\":2,\"first\":0,\"offset\":1,\"partition\":1}]}");
    ck_assert_ptr_null(canned_backend_asked(canned, 0));
}
END_TEST

START_TEST(a_reset_is_done_and_noted_with_who_asked)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    canned_backend_put(canned, "event.note", NULL, "{}");
    check_answer(canned, messages_routes(), RESET("g"),
                 "{\"topic\": \"lines\", \"to\": \"earliest\"}",
                 "{\"noted\":true,\"partitions\":["
                 "{\"committed\":1,\"end\":3,\"first\":0,\"offset\":0,\"partition\":0},"
                 "{\"committed\":null,\"end\":2,\"first\":0,\"offset\":0,\"partition\":1}]}");
    check_asked(canned, 0, "event.note",
                "{\"args\":{\"group\":\"g\",\"to\":\"earliest\",\"topic\":\"lines\"},\"by\":"
                "\"127.0.0.1\",\"kind\":\"reset_offsets\",\"text\":\"group 'g' goes on at "
                "'earliest' in topic 'lines'\",\"via\":\"ui\"}");
}
END_TEST

START_TEST(a_group_that_nobody_knows_yet_gets_offsets_too)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    json_t *answer = check_ask(canned, messages_routes(), RESET("new"),
                               "{\"topic\": \"lines\", \"to\": \"earliest\"}", 200);
    ck_assert(json_is_false(json_object_get(answer, "noted"))); /* no nimbus */
    json_decref(answer);
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
    static const struct {
        const char *request;
        const char *body;
        unsigned status;
        const char *text;
    } cases[] = {
        {RESET("busy"), "{\"topic\": \"lines\", \"to\": \"latest\"}", 409,
         "group 'busy' has 1 member, whose offsets are their own; stop them first"},
        {RESET("denied"), "{\"topic\": \"lines\", \"to\": \"earliest\"}", 403,
         "group 'denied' is not to be changed"},
        {RESET("g"), "{\"topic\": \"nothing\", \"to\": \"latest\"}", 404,
         "there is no topic 'nothing'"},
        {RESET("g"), "{\"topic\": \"lines\", \"to\": \"last:3\"}", 400,
         "'to' must be 'earliest', 'latest', 'offset:N' or 'time:MS'"},
        {RESET("g"), "{\"topic\": \"lines\"}", 400, "'to' must be a text of 1 to 32 bytes"},
        {RESET("g"), "{\"topic\": \"lines\", \"to\": \"latest\", \"dryrun\": true}", 400,
         "'dryrun' is not a member of the body; it has 'topic', 'to', 'dry_run'"},
        {RESET("g"), NULL, 400, "'topic' must be a text of 1 to 249 bytes"},
    };
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_refused(canned, messages_routes(), cases[i].request, cases[i].body, cases[i].status,
                      cases[i].text);
    ck_assert_ptr_null(canned_backend_asked(canned, 0));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_preview_changes_nothing_and_says_what_would_be,
        a_reset_is_done_and_noted_with_who_asked,
        a_group_that_nobody_knows_yet_gets_offsets_too,
        what_cannot_be_is_refused,
    };

    return suite_run("reset", tests, COUNT_OF(tests));
}
