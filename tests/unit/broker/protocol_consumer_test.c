/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/consumer.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "tests/support/kafka_layout.h"
#include "tests/support/suite.h"

#define TEXT(literal) ((struct kafka_string){(literal), (int32_t)sizeof(literal) - 1})

static struct kafka_bytes bytes_of(struct text *text, const char *layout)
{
    kafka_layout_bytes(layout, text);
    return (struct kafka_bytes){(const unsigned char *)text_data(text), (int32_t)text_size(text)};
}

static void expect_text(struct kafka_string text, const char *expected)
{
    ck_assert_int_eq(text.length, (int32_t)strlen(expected));
    ck_assert_mem_eq(text.data, expected, strlen(expected));
}

START_TEST(a_subscription_is_read_in_each_version)
{
    static const char *const layouts[] = {
        "version=h0 topics=i[ s'a' s'bc' ] user_data=y'x'",
        "version=h1 topics=i[ s'a' s'bc' ] user_data=y'x' owned=i[ ]",
        "version=h2 topics=i[ s'a' s'bc' ] user_data=y'x' owned=i[ ] generation=i4",
        "version=h3 topics=i[ s'a' s'bc' ] user_data=y'x' owned=i[ ] generation=i4 rack=s'r'",
    };

    for (size_t i = 0; i < COUNT_OF(layouts); i++) {
        AUTO(text_done) struct text text = {0};
        AUTO(kafka_arena_done) struct kafka_arena arena = {.size_max = KAFKA_ARENA_SIZE_MAX};
        struct kafka_consumer_subscription subscription;
        ck_assert_int_eq(
            kafka_decode_subscription(bytes_of(&text, layouts[i]), &arena, &subscription, NULL),
            ERR_OK);
        ck_assert_int_eq(subscription.topic_count, 2);
        expect_text(subscription.topics[1], "bc");
        ck_assert_int_eq(subscription.user_data.length, 1);
        ck_assert_int_eq(subscription.generation_id, i < 2 ? -1 : 4);
        ck_assert_int_eq(subscription.rack_id.length, i < 3 ? KAFKA_NULL : 1);
    }
}
END_TEST

START_TEST(a_subscription_of_a_later_version_is_read_as_our_last)
{
    AUTO(text_done) struct text text = {0};
    AUTO(kafka_arena_done) struct kafka_arena arena = {.size_max = KAFKA_ARENA_SIZE_MAX};
    struct kafka_consumer_subscription subscription;
    struct kafka_bytes bytes =
        bytes_of(&text, "version=h9 topics=i[ s'a' ] user_data=y~ owned=i[ ( name=s'a' "
                        "partitions=i[ i1 i2 ] ) ] generation=i4 rack=s~ new=i77");

    ck_assert_int_eq(kafka_decode_subscription(bytes, &arena, &subscription, NULL), ERR_OK);
    ck_assert_int_eq(subscription.owned_partition_count, 1);
    ck_assert_int_eq(subscription.owned_partitions[0].partitions[1], 2);
}
END_TEST

START_TEST(an_assignment_is_read)
{
    AUTO(text_done) struct text text = {0};
    AUTO(kafka_arena_done) struct kafka_arena arena = {.size_max = KAFKA_ARENA_SIZE_MAX};
    struct kafka_consumer_assignment assignment;
    struct kafka_bytes bytes = bytes_of(
        &text, "version=h0 assigned=i[ ( name=s'topic' partitions=i[ i0 i5 ] ) ] user_data=y~");

    ck_assert_int_eq(kafka_decode_assignment(bytes, &arena, &assignment, NULL), ERR_OK);
    ck_assert_int_eq(assignment.assigned_partition_count, 1);
    expect_text(assignment.assigned_partitions[0].name, "topic");
    ck_assert_int_eq(assignment.assigned_partitions[0].partition_count, 2);
    ck_assert_int_eq(assignment.assigned_partitions[0].partitions[1], 5);
    ck_assert_int_eq(assignment.user_data.length, KAFKA_NULL);
}
END_TEST

START_TEST(bytes_that_are_neither_are_refused)
{
    AUTO(kafka_arena_done) struct kafka_arena arena = {.size_max = KAFKA_ARENA_SIZE_MAX};
    struct kafka_consumer_subscription subscription;
    struct kafka_consumer_assignment assignment;
    struct error error;
    struct kafka_bytes null = {NULL, KAFKA_NULL};
    struct kafka_bytes negative = {(const unsigned char *)"\xff\xff", 2};
    struct kafka_bytes cut = {(const unsigned char *)"\0\0\0\0\0\1", 6};

    ck_assert_int_eq(kafka_decode_subscription(null, &arena, &subscription, &error), ERR_CORRUPT);
    ck_assert_str_eq(error.text, "consumer subscription: there is no version in it");
    ck_assert_int_eq(kafka_decode_assignment(negative, &arena, &assignment, &error), ERR_CORRUPT);
    ck_assert_str_eq(error.text, "consumer assignment: there is no version in it");
    ck_assert_int_eq(kafka_decode_assignment(cut, &arena, &assignment, &error), ERR_CORRUPT);
    ck_assert_str_eq(error.text,
                     "consumer assignment v0: 'assigned_partitions' at byte 2 is cut off");
}
END_TEST

START_TEST(what_is_written_is_read)
{
    AUTO(kafka_arena_done) struct kafka_arena arena = {.size_max = KAFKA_ARENA_SIZE_MAX};
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};
    struct kafka_string topics[] = {TEXT("a"), TEXT("bc")};
    struct kafka_consumer_subscription subscription = {
        .topics = topics, .topic_count = 2, .user_data = {NULL, KAFKA_NULL}};
    struct kafka_consumer_subscription read;

    ck_assert_int_eq(kafka_encode_subscription(&subscription, 1, &writer, NULL), ERR_OK);
    struct kafka_bytes bytes = {writer.bytes, (int32_t)writer.size};
    ck_assert_int_eq(kafka_decode_subscription(bytes, &arena, &read, NULL), ERR_OK);
    ck_assert_int_eq(read.topic_count, 2);
    expect_text(read.topics[1], "bc");

    int32_t partitions[] = {3, 4};
    struct kafka_consumer_assignment_assigned_partition assigned = {
        .name = TEXT("a"), .partitions = partitions, .partition_count = 2};
    struct kafka_consumer_assignment assignment = {.assigned_partitions = &assigned,
                                                   .assigned_partition_count = 1};
    struct kafka_consumer_assignment back;
    kafka_writer_clear(&writer);
    ck_assert_int_eq(kafka_encode_assignment(&assignment, 0, &writer, NULL), ERR_OK);
    bytes = (struct kafka_bytes){writer.bytes, (int32_t)writer.size};
    ck_assert_int_eq(kafka_decode_assignment(bytes, &arena, &back, NULL), ERR_OK);
    ck_assert_int_eq(back.assigned_partitions[0].partitions[1], 4);
}
END_TEST

START_TEST(what_cannot_be_written_leaves_nothing)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};
    struct kafka_consumer_assignment assignment = {.assigned_partition_count = 0};

    ck_assert_int_eq(kafka_encode_assignment(&assignment, 4, &writer, NULL), ERR_VERSION);
    ck_assert_uint_eq(writer.size, 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_subscription_is_read_in_each_version,
        a_subscription_of_a_later_version_is_read_as_our_last,
        an_assignment_is_read,
        bytes_that_are_neither_are_refused,
        what_is_written_is_read,
        what_cannot_be_written_leaves_nothing,
    };

    return suite_run("protocol_consumer", tests, COUNT_OF(tests));
}
