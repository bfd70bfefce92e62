/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small parts of the coordinator: names, timers, subscriptions, records, the partition of a group.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/timers.h"
#include "broker/group/group_record.h"
#include "broker/group/groups.h"
#include "broker/group/names.h"
#include "broker/group/subscription.h"
#include "broker/group/value.h"
#include "tests/support/suite.h"

enum {
    MANY = 1000,
    ROUNDS = 20000,
};

START_TEST(a_name_is_found_by_its_text_and_number)
{
    struct names names;
    struct names_node nodes[MANY] = {{0}};
    char texts[MANY][16];

    names_init(&names, 7);
    for (int32_t i = 0; i < MANY; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "n%d", (int)i / 2);
        ck_assert_ptr_null(names_find(&names, value_of_text(texts[i]), i));
        names_put(&names, &nodes[i], value_of_text(texts[i]), i);
    }
    for (int32_t i = 0; i < MANY; i++) {
        ck_assert_ptr_eq(names_find(&names, value_of_text(texts[i]), i), &nodes[i]);
        ck_assert_ptr_null(names_find(&names, value_of_text(texts[i]), i + MANY));
    }
    size_t walked = 0;
    for (struct names_node *node = names_walk(&names, NULL); node != NULL;
         node = names_walk(&names, node))
        walked++;
    ck_assert_uint_eq(walked, MANY);
    for (int32_t i = 0; i < MANY; i += 3)
        names_remove(&names, &nodes[i]);
    for (int32_t i = 0; i < MANY; i++)
        ck_assert((names_find(&names, value_of_text(texts[i]), i) == NULL) == (i % 3 == 0));
    names_done(&names);
}
END_TEST

/* Against a plain array. */
START_TEST(timers_come_in_order_whatever_is_set_moved_and_cancelled)
{
    struct timers timers = {0};
    struct timer many[64] = {{0}};
    struct rng rng;
    uint64_t now_ms = 0;

    rng_init(&rng, 5);
    for (size_t round = 0; round < ROUNDS; round++) {
        struct timer *timer = &many[rng_below(&rng, COUNT_OF(many))];
        uint32_t what = rng_below(&rng, 4);
        if (what == 0)
            timers_cancel(&timers, timer);
        else if (what < 3)
            timers_set(&timers, timer, now_ms + rng_below(&rng, 100));
        else
            now_ms += rng_below(&rng, 5);

        uint64_t least = UINT64_MAX;
        for (size_t i = 0; i < COUNT_OF(many); i++)
            if (many[i].place != 0 && many[i].due_ms < least)
                least = many[i].due_ms;
        ck_assert_uint_eq(timers_due_ms(&timers), least);
        struct timer *due = timers_take_due(&timers, now_ms);
        ck_assert((due != NULL) == (least <= now_ms));
        if (due != NULL)
            ck_assert_uint_eq(due->due_ms, least);
    }
    timers_done(&timers);
}
END_TEST

static struct kafka_bytes bytes_of(const char *data, size_t size)
{
    return (struct kafka_bytes){(const unsigned char *)data, (int32_t)size};
}

#define BYTES(literal) bytes_of(literal, sizeof(literal) - 1)

START_TEST(topics_of_a_subscription_are_read_and_compared)
{
    struct kafka_bytes plain = BYTES("\0\0\0\0\0\2\0\1a\0\2bc");
    struct kafka_bytes more = BYTES("\0\3\0\0\0\2\0\1a\0\2bc\0\0\0\1x\0\0\0\0");
    struct subscription subscription;
    struct kafka_string topic;

    ck_assert(subscription_open(plain, &subscription));
    ck_assert(subscription_next(&subscription, &topic));
    ck_assert(value_same_string(topic, value_of_text("a")));
    ck_assert(subscription_next(&subscription, &topic));
    ck_assert(value_same_string(topic, value_of_text("bc")));
    ck_assert(!subscription_next(&subscription, &topic));
    ck_assert(subscription_has_same_topics(plain, more));
    ck_assert(!subscription_has_same_topics(plain, BYTES("\0\0\0\0\0\2\0\2bc\0\1a")));
    ck_assert(!subscription_has_same_topics(plain, BYTES("\0\0\0\0\0\1\0\1a")));
}
END_TEST

START_TEST(what_is_no_subscription_is_not_read)
{
    const struct kafka_bytes wrong[] = {
        BYTES(""),
        BYTES("\0\0\0\0\0"),
        BYTES("\xff\xff\0\0\0\0"),
        BYTES("\0\0\xff\xff\xff\xff"),
        BYTES("\0\0\0\0\0\2\0\0"),
        {NULL, KAFKA_NULL},
    };
    struct subscription subscription;

    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        ck_assert(!subscription_open(wrong[i], &subscription));
    struct kafka_bytes torn = BYTES("\0\0\0\0\0\2\0\1a\0\7b");
    ck_assert(!subscription_has_same_topics(torn, torn));
}
END_TEST

START_TEST(an_offset_is_written_as_kafka_writes_it)
{
    AUTO(text_done) struct text text = {0};
    struct group_record_key key = {.is_offset = true,
                                   .group = value_of_text("grp"),
                                   .topic = value_of_text("top"),
                                   .partition = 258};
    struct group_record_offset offset = {.offset = 513,
                                         .leader_epoch = 3,
                                         .metadata = value_of_text("m"),
                                         .commit_ms = 1,
                                         .expire_ms = -1};

    group_record_encode_key(&text, &key);
    struct kafka_bytes expected = BYTES("\0\1\0\3grp\0\3top\0\0\1\2");
    ck_assert(value_same_bytes(bytes_of(text_data(&text), text_size(&text)), expected));
    text_clear(&text);
    group_record_encode_offset(&text, &offset);
    expected = BYTES("\0\3\0\0\0\0\0\0\2\1\0\0\0\3\0\1m\0\0\0\0\0\0\0\1");
    ck_assert(value_same_bytes(bytes_of(text_data(&text), text_size(&text)), expected));
    text_clear(&text);
    offset.expire_ms = 2;
    group_record_encode_offset(&text, &offset);
    expected = BYTES("\0\1\0\0\0\0\0\0\2\1\0\1m\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2");
    ck_assert(value_same_bytes(bytes_of(text_data(&text), text_size(&text)), expected));
}
END_TEST

START_TEST(a_group_is_written_as_kafka_writes_it)
{
    AUTO(text_done) struct text text = {0};
    struct group_record_member member = {.id = value_of_text("id"),
                                         .instance_id = KAFKA_STRING_NULL,
                                         .client_id = value_of_text("c"),
                                         .client_host = value_of_text("/h"),
                                         .rebalance_ms = 1,
                                         .session_ms = 2,
                                         .subscription = BYTES("s"),
                                         .assignment = {NULL, KAFKA_NULL}};
    struct group_record_group group = {.protocol_type = value_of_text("consumer"),
                                       .generation = 9,
                                       .protocol = value_of_text("r"),
                                       .leader = value_of_text("id"),
                                       .state_ms = 5,
                                       .members = &member,
                                       .member_count = 1};
    struct kafka_bytes expected =
        BYTES("\0\3\0\10consumer\0\0\0\11\0\1r\0\2id\0\0\0\0\0\0\0\5\0\0\0\1"
              "\0\2id\xff\xff\0\1c\0\2/h\0\0\0\1\0\0\0\2\0\0\0\1s\0\0\0\0");

    group_record_encode_group(&text, &group);
    struct kafka_bytes written = bytes_of(text_data(&text), text_size(&text));
    ck_assert(value_same_bytes(written, expected));

    struct group_record_group read;
    ck_assert(group_record_decode_group(written, &read));
    ck_assert_int_eq(read.generation, 9);
    ck_assert_int_eq(read.state_ms, 5);
    ck_assert(value_same_string(read.members[0].id, member.id));
    ck_assert_int_eq(read.members[0].instance_id.length, KAFKA_NULL);
    ck_assert_int_eq(read.members[0].session_ms, 2);
    free(read.members);
    for (int32_t size = 0; size < written.length; size++) {
        struct kafka_bytes torn = {written.data, size};
        ck_assert(!group_record_decode_group(torn, &read));
    }
}
END_TEST

START_TEST(the_partition_is_that_of_javas_hash)
{
    const struct {
        const char *group;
        int32_t partition;
    } cases[] = {
        {"", 0},
        {"g", 3},
        {"console-consumer-1", 24},
        {"gr\xc3\xbc\xc3\x9f"
         "e",
         23},
        {"\xe6\x97\xa5\xe6\x9c\xac", 47},
        {"a\xf0\x9f\x98\x80", 16},
        {"polygenelubricants", 0}, /* its hash has no positive */
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        ck_assert_int_eq(groups_partition_of(value_of_text(cases[i].group)), cases[i].partition);
    ck_assert_int_eq(groups_partition_of((struct kafka_string){"\xff", 1}), 0xFFFD % 50);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_name_is_found_by_its_text_and_number,
        timers_come_in_order_whatever_is_set_moved_and_cancelled,
        topics_of_a_subscription_are_read_and_compared,
        what_is_no_subscription_is_not_read,
        an_offset_is_written_as_kafka_writes_it,
        a_group_is_written_as_kafka_writes_it,
        the_partition_is_that_of_javas_hash,
    };
    return suite_run("group_parts", tests, COUNT_OF(tests));
}
