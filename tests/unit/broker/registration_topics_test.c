/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/server/registration_topics.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

#define ID "AAAAAAAAAAAAAAAAAAAAAQ"

static void add(struct registration_topics *topics, const char *name, int32_t partition_count)
{
    static const struct registration_setting settings[] = {{"cleanup.policy", "compact"},
                                                           {"segment.ms", "1000"}};
    const struct registration_new_topic topic = {.name = name,
                                                 .id = ID,
                                                 .partition_count = partition_count,
                                                 .settings = settings,
                                                 .setting_count = COUNT_OF(settings)};

    registration_topics_add(topics, &topic);
}

START_TEST(topics_are_found_by_their_names)
{
    AUTO(registration_topics_destroy)
    struct registration_topics *topics = registration_topics_new(3);

    ck_assert_uint_eq(registration_topics_find(topics, "a"), 0);
    add(topics, "b", 2);
    add(topics, "Z", 1);
    add(topics, "a", 1);
    ck_assert_uint_eq(registration_topics_find(topics, "Z"), 0);
    ck_assert_uint_eq(registration_topics_find(topics, "b"), 2);
    ck_assert_uint_eq(registration_topics_find(topics, "c"), topics->count);
    ck_assert_int_eq(topics->leader_epoch, 3);
}
END_TEST

START_TEST(a_topic_is_written_as_kafka_has_it)
{
    AUTO(registration_topics_destroy)
    struct registration_topics *topics = registration_topics_new(0);

    add(topics, "t", 2);
    char *node = registration_topic_write(&topics->items[0], 7);
    ck_assert_str_eq(node, "{\"version\":3,\"topic_id\":\"" ID
                           "\",\"partitions\":{\"0\":[7],\"1\":[7]},\"adding_replicas\":{},"
                           "\"removing_replicas\":{}}");
    ck_assert_str_eq(topics->items[0].config,
                     "{\"version\":1,\"config\":{\"cleanup.policy\":\"compact\","
                     "\"segment.ms\":\"1000\"}}");
    struct registration_found found = registration_topic_read(node, strlen(node), 7);
    ck_assert(found.is_ours);
    ck_assert_str_eq(found.id, ID);
    found = registration_topic_read(node, strlen(node), 8);
    ck_assert(!found.is_ours);
    free(node);
}
END_TEST

START_TEST(a_topic_is_ours_only_if_every_replica_is)
{
    static const struct {
        const char *node;
        bool is_ours;
        const char *id;
    } cases[] = {
        {"{\"partitions\":{\"0\":[1]}}", true, ""},
        {"{\"partitions\":{\"0\":[1,1]},\"topic_id\":\"x\"}", true, "x"},
        {"{\"partitions\":{}}", true, ""},
        {"{\"partitions\":{\"0\":[1,2]}}", false, ""},
        {"{\"partitions\":{\"0\":[1],\"1\":[2]}}", false, ""},
        {"{\"partitions\":{\"0\":[]}}", false, ""},
        {"{\"partitions\":{\"0\":1}}", false, ""},
        {"{\"partitions\":{\"0\":[\"1\"]}}", false, ""},
        {"{\"partitions\":{\"0\":[1.5]}}", false, ""},
        {"{\"partitions\":[1]}", false, ""},
        {"{\"partitions\":{\"0\":[1]},\"topic_id\":7}", true, ""},
        {"{\"partitions\":{\"0\":[1]},\"topic_id\":\"01234567890123456789012\"}", true, ""},
        {"{}", false, ""},
        {"[]", false, ""},
        {"", false, ""},
        {"{\"partitions\":{\"0\":[1]}", false, ""},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct registration_found found =
            registration_topic_read(cases[i].node, strlen(cases[i].node), 1);
        ck_assert_msg(found.is_ours == cases[i].is_ours, "%s", cases[i].node);
        ck_assert_str_eq(found.id, cases[i].id);
    }
    ck_assert(!registration_topic_read(NULL, 0, 1).is_ours);
}
END_TEST

START_TEST(topics_are_equal_if_all_of_them_is)
{
    char texts[][4] = {"t", "i", "{}", "s", "j", "{ }"};
    struct registration_topic one = {
        .name = texts[0], .id = texts[1], .partition_count = 1, .config = texts[2]};
    struct registration_topic other = one;

    ck_assert(registration_topic_equals(&one, &other));
    other.partition_count = 2;
    ck_assert(!registration_topic_equals(&one, &other));
    other = one;
    other.id = texts[4];
    ck_assert(!registration_topic_equals(&one, &other));
    other = one;
    other.config = texts[5];
    ck_assert(!registration_topic_equals(&one, &other));
    other = one;
    other.name = texts[3];
    ck_assert(!registration_topic_equals(&one, &other));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        topics_are_found_by_their_names,
        a_topic_is_written_as_kafka_has_it,
        a_topic_is_ours_only_if_every_replica_is,
        topics_are_equal_if_all_of_them_is,
    };
    return suite_run("registration topics", tests, COUNT_OF(tests));
}
