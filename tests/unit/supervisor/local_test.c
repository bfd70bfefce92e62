/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/local.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "tests/support/suite.h"

#define SAMPLE(component, task, values)                                                       \
    "{\"op\":\"samples\",\"request\":7,\"last\":true,\"tuples\":[{\"component\":\"" component \
    "\",\"task\":" task ",\"stream\":\"words\",\"to\":\"b\",\"to_task\":1,\"tracked\":false," \
    "\"values\":" values "}]}"

#define TOLD(doing) \
    "\"thread\":\"loop 0\",\"component\":\"count\",\"task\":2,\"frames\":[" doing "]"
#define STACKS(items) "{\"op\":\"stacks\",\"request\":7,\"last\":true,\"items\":[" items "]}"
#define STACK(frames) STACKS("{" TOLD(frames) ",\"doing\":null,\"cut\":false}")
#define FRAME(function) \
    "{\"function\":" function ",\"file\":null,\"line\":17,\"module\":\"x.so\",\"offset\":4660}"
#define PROFILE(frames, count)                                                                   \
    "{\"op\":\"profile\",\"request\":7,\"last\":false,\"samples\":17,\"dropped\":1,\"ms\":1000," \
    "\"hz\":99,\"items\":[{" TOLD(frames) ",\"count\":" count "}]}"

static struct local_message decode(const char *text)
{
    struct local_message message;
    struct error error;
    enum err err = local_decode(text, strlen(text), &message, &error);

    ck_assert_msg(err == ERR_OK, "%s: %s", text, error.text);
    return message;
}

START_TEST(each_message_is_read)
{
    struct local_message message = decode(
        "{\"v\":1,\"op\":\"hello\",\"topology\":\"t-1\",\"slot\":3,\"incarnation\":7,\"pid\":42,"
        "\"version\":\"0.1.0\"}");
    ck_assert_int_eq(message.kind, LOCAL_HELLO);
    ck_assert_str_eq(message.topology, "t-1");
    ck_assert_uint_eq(message.slot, 3);
    ck_assert_uint_eq(message.incarnation, 7);
    ck_assert_int_eq(message.pid, 42);
    ck_assert_str_eq(message.gale, "0.1.0");
    local_message_done(&message);

    message = decode("{\"op\":\"bound\",\"address\":\"127.0.0.1:4711\"}");
    ck_assert_int_eq(message.kind, LOCAL_BOUND);
    ck_assert_str_eq(message.address, "127.0.0.1:4711");
    local_message_done(&message);

    message = decode("{\"op\":\"beat\",\"phase\":\"running\",\"version\":2,\"drained\":true,"
                     "\"rss_bytes\":4096,\"cpu_ns\":9,\"links\":4,\"links_up\":3}");
    ck_assert_int_eq(message.kind, LOCAL_BEAT);
    ck_assert_str_eq(message.phase, "running");
    ck_assert_uint_eq(message.version, 2);
    ck_assert(message.drained);
    ck_assert_uint_eq(message.rss_bytes, 4096);
    ck_assert_uint_eq(message.cpu_ns, 9);
    ck_assert_uint_eq(message.links, 4);
    ck_assert_uint_eq(message.links_up, 3);
    local_message_done(&message);

    message = decode("{\"op\":\"error\",\"component\":\"count\",\"task\":5,\"text\":\"no\"}");
    ck_assert_int_eq(message.kind, LOCAL_ERROR);
    ck_assert_str_eq(message.component, "count");
    ck_assert_uint_eq(message.task, 5);
    ck_assert_str_eq(message.text, "no");
    local_message_done(&message);

    message = decode("{\"op\":\"ended\"}");
    ck_assert_int_eq(message.kind, LOCAL_ENDED);
    local_message_done(&message);

    message = decode(STACK(FRAME("\"add\"") "," FRAME("null")));
    ck_assert_int_eq(message.kind, LOCAL_STACKS);
    ck_assert_uint_eq(json_array_size(message.items), 1);
    ck_assert_ptr_null(message.fault);
    local_message_done(&message);

    message = decode(PROFILE("\"main\",\"add\"", "17"));
    ck_assert_int_eq(message.kind, LOCAL_PROFILE);
    ck_assert(!message.is_last);
    ck_assert_uint_eq(message.samples, 17);
    ck_assert_uint_eq(message.dropped, 1);
    ck_assert_uint_eq(message.ms, 1000);
    ck_assert_uint_eq(message.hz, 99);
    local_message_done(&message);

    message = decode(SAMPLE("a", "0", "{\"word\":\"whale\",\"count\":3,\"none\":null}"));
    ck_assert_int_eq(message.kind, LOCAL_SAMPLES);
    ck_assert_uint_eq(message.request, 7);
    ck_assert(message.is_last);
    ck_assert_uint_eq(json_array_size(message.items), 1);
    ck_assert_uint_eq(message.size, strlen(SAMPLE("a", "0",
                                                  "{\"word\":\"whale\",\"count\":3,"
                                                  "\"none\":null}")));
    local_message_done(&message);
}
END_TEST

START_TEST(what_is_not_as_it_should_be_is_refused)
{
    static const struct {
        const char *text;
        enum err err;
        const char *about;
    } cases[] = {
        {"", ERR_CORRUPT, "JSON"},
        {"[]", ERR_CORRUPT, "JSON"},
        {"{}", ERR_CORRUPT, "'op'"},
        {"{\"op\":\"dance\"}", ERR_CORRUPT, "'op'"},
        {"{\"op\":1}", ERR_CORRUPT, "'op'"},
        {"{\"op\":\"ended\",\"op\":\"ended\"}", ERR_CORRUPT, "JSON"},
        {"{\"v\":2,\"op\":\"ended\"}", ERR_VERSION, "'v'"},
        {"{\"op\":\"hello\",\"topology\":\"../x\",\"slot\":0,\"incarnation\":1,\"pid\":1,"
         "\"version\":\"\"}",
         ERR_CORRUPT, "'topology'"},
        {"{\"op\":\"hello\",\"topology\":\"t\",\"slot\":1024,\"incarnation\":1,\"pid\":1,"
         "\"version\":\"\"}",
         ERR_CORRUPT, "'slot'"},
        {"{\"op\":\"hello\",\"topology\":\"t\",\"slot\":0,\"incarnation\":-1,\"pid\":1,"
         "\"version\":\"\"}",
         ERR_CORRUPT, "'incarnation'"},
        {"{\"op\":\"bound\",\"address\":\"nowhere\"}", ERR_CORRUPT, "'address'"},
        {"{\"op\":\"bound\",\"address\":\"127.0.0.1:0\"}", ERR_CORRUPT, "'address'"},
        {"{\"op\":\"beat\",\"phase\":\"dreaming\",\"version\":0,\"drained\":false,"
         "\"rss_bytes\":0,\"cpu_ns\":0}",
         ERR_CORRUPT, "'phase'"},
        {"{\"op\":\"beat\",\"phase\":\"running\",\"version\":0,\"drained\":0,\"rss_bytes\":0,"
         "\"cpu_ns\":0}",
         ERR_CORRUPT, "'drained'"},
        {"{\"op\":\"error\",\"component\":\"a/b\",\"task\":0,\"text\":\"\"}", ERR_CORRUPT,
         "'component'"},
        {"{\"op\":\"error\",\"component\":\"a\",\"task\":16384,\"text\":\"\"}", ERR_CORRUPT,
         "'task'"},
        {"{\"op\":\"samples\",\"request\":-1,\"last\":true,\"tuples\":[]}", ERR_CORRUPT,
         "'request'"},
        {"{\"op\":\"samples\",\"request\":1,\"last\":1,\"tuples\":[]}", ERR_CORRUPT, "'last'"},
        {"{\"op\":\"samples\",\"request\":1,\"last\":true,\"tuples\":{}}", ERR_CORRUPT, "'tuples'"},
        {"{\"op\":\"samples\",\"request\":1,\"last\":true,\"tuples\":[1]}", ERR_CORRUPT,
         "'component'"},
        {STACKS("7"), ERR_CORRUPT, "'items'"},
        {STACKS("{}"), ERR_CORRUPT, "'items'"},
        {STACK("\"main\""), ERR_CORRUPT, "'items'"},
        {STACK(FRAME("7")), ERR_CORRUPT, "'items'"},
        {STACK("{}"), ERR_CORRUPT, "'items'"},
        {PROFILE(FRAME("null"), "17"), ERR_CORRUPT, "'items'"},
        {PROFILE("null", "17"), ERR_CORRUPT, "'items'"},
        {PROFILE("\"main\"", "-17"), ERR_CORRUPT, "'items'"},
        {PROFILE("\"main\"", "17,\"more\":1"), ERR_CORRUPT, "'items'"},
        {"{\"op\":\"profile\",\"request\":7,\"last\":true,\"items\":[]}", ERR_CORRUPT, "'samples'"},
        {"{\"op\":\"stacks\",\"request\":7,\"last\":true,\"items\":[],\"fault\":7}", ERR_CORRUPT,
         "'fault'"},
        {SAMPLE("../x", "0", "{}"), ERR_CORRUPT, "'component'"},
        {SAMPLE("a", "16384", "{}"), ERR_CORRUPT, "'task'"},
        {SAMPLE("a", "0", "[]"), ERR_CORRUPT, "'values'"},
        {SAMPLE("a", "0", "{\"x\":[1]}"), ERR_CORRUPT, "'values'"},
        {SAMPLE("a", "0", "{},\"more\":1"), ERR_CORRUPT, "'tuples'"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct local_message message;
        struct error error;
        enum err err = local_decode(cases[i].text, strlen(cases[i].text), &message, &error);

        ck_assert_msg(err == cases[i].err, "%s: %d", cases[i].text, (int)err);
        ck_assert_msg(strstr(error.text, cases[i].about) != NULL, "%s: %s", cases[i].text,
                      error.text);
    }
}
END_TEST

START_TEST(a_beat_needs_no_links)
{
    struct local_message message =
        decode("{\"op\":\"beat\",\"phase\":\"opening\",\"version\":0,\"drained\":false,"
               "\"rss_bytes\":0,\"cpu_ns\":0}");

    ck_assert_uint_eq(message.links, 0);
    local_message_done(&message);
}
END_TEST

START_TEST(more_tuples_than_were_asked_for_are_refused)
{
    json_t *root = json_loads(SAMPLE("a", "0", "{}"), 0, NULL);
    json_t *tuples = json_object_get(root, "tuples");
    struct local_message message;

    while (json_array_size(tuples) < LOCAL_SAMPLES_MAX)
        json_array_append(tuples, json_array_get(tuples, 0));
    AUTO(mem_free_text) char *most = json_dumps(root, JSON_COMPACT);
    json_array_append(tuples, json_array_get(tuples, 0));
    AUTO(mem_free_text) char *more = json_dumps(root, JSON_COMPACT);
    json_decref(root);

    message = decode(most);
    ck_assert_uint_eq(json_array_size(message.items), LOCAL_SAMPLES_MAX);
    local_message_done(&message);
    ck_assert_int_eq(local_decode(more, strlen(more), &message, NULL), ERR_CORRUPT);
}
END_TEST

START_TEST(an_order_for_samples_is_what_a_worker_reads)
{
    AUTO(mem_free_text) char *order = local_sample_encode(7, "split", true, 10);

    ck_assert_str_eq(order, "{\"op\":\"sample\",\"request\":7,\"component\":\"split\","
                            "\"received\":true,\"count\":10}");
}
END_TEST

START_TEST(a_message_that_is_too_long_is_refused)
{
    struct text text;
    struct local_message message;

    text_init(&text);
    text_add(&text, "{\"op\":\"ended\",\"x\":\"%*s\"}", LOCAL_MESSAGE_MAX, "");
    ck_assert_int_eq(local_decode(text_data(&text), text_size(&text), &message, NULL), ERR_LIMIT);
    text_done(&text);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        each_message_is_read,
        what_is_not_as_it_should_be_is_refused,
        a_beat_needs_no_links,
        more_tuples_than_were_asked_for_are_refused,
        an_order_for_samples_is_what_a_worker_reads,
        a_message_that_is_too_long_is_refused,
    };

    return suite_run("local", tests, COUNT_OF(tests));
}
