/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/decode.h"

#include <string.h>

#include "base/mem.h"
#include "broker/protocol/messages.h"
#include "broker/protocol/schemas.h"
#include "tests/support/kafka_layout.h"
#include "tests/support/suite.h"

#define HUGE_COUNT "i2147483647"

struct attempt {
    struct text bytes;
    struct kafka_arena arena;
    struct error error;
    size_t left;
};

static void done(struct attempt *attempt)
{
    text_done(&attempt->bytes);
    kafka_arena_done(&attempt->arena);
}

/* Decodes what the layout says, which may be nonsense. */
static enum err decode(struct attempt *attempt, const struct kafka_schema *schema, int16_t version,
                       const char *layout, void *ret_message)
{
    struct kafka_reader reader;

    *attempt = (struct attempt){.arena = {.size_max = KAFKA_ARENA_SIZE_MAX}};
    kafka_layout_bytes(layout, &attempt->bytes);
    kafka_reader_init(&reader, text_data(&attempt->bytes), text_size(&attempt->bytes));
    enum err err =
        kafka_decode(schema, version, &reader, &attempt->arena, ret_message, &attempt->error);
    attempt->left = kafka_reader_left(&reader);
    return err;
}

static void expect_refused(const struct kafka_schema *schema, int16_t version, const char *layout,
                           enum err code, const char *text)
{
    AUTO(done) struct attempt attempt;
    union {
        struct kafka_produce_request produce;
        struct kafka_fetch_request fetch;
        struct kafka_fetch_response fetched;
        struct kafka_metadata_request metadata;
        struct kafka_create_topics_request create;
        struct kafka_describe_groups_request describe;
    } message;

    ck_assert_uint_le(schema->body.size, sizeof message);
    ck_assert_int_eq(decode(&attempt, schema, version, layout, &message), code);
    ck_assert_int_eq(attempt.error.code, code);
    ck_assert_str_eq(attempt.error.text, text);
}

START_TEST(records_are_not_copied)
{
    AUTO(done) struct attempt attempt;
    struct kafka_produce_request request;

    ck_assert_int_eq(decode(&attempt, &kafka_produce_request_schema, 7,
                            "transactional_id=s~ acks=h-1 timeout_ms=i9 topics=i[ ( name=s'top' "
                            "partitions=i[ ( partition=i5 records=y'abc' ) ] ) ]",
                            &request),
                     ERR_OK);
    const struct kafka_records *records = &request.topics[0].partitions[0].records;
    ck_assert_ptr_eq(records->data, text_data(&attempt.bytes) + text_size(&attempt.bytes) - 3);
    ck_assert_int_eq(records->length, 3);
    ck_assert_ptr_null(records->file);
    ck_assert_uint_eq(records->position, 0);
    ck_assert_ptr_eq(request.topics[0].name.data, text_data(&attempt.bytes) + 14);
}
END_TEST

START_TEST(what_follows_a_message_is_left)
{
    AUTO(done) struct attempt attempt;
    struct kafka_heartbeat_response response;

    ck_assert_int_eq(
        decode(&attempt, &kafka_heartbeat_response_schema, 0, "error_code=h27 x=h1", &response),
        ERR_OK);
    ck_assert_int_eq(response.error_code, 27);
    ck_assert_uint_eq(attempt.left, 2);
}
END_TEST

START_TEST(a_version_that_there_is_not_is_refused)
{
    expect_refused(&kafka_produce_request_schema, 14, "", ERR_VERSION,
                   "produce request: there is no version 14");
    expect_refused(&kafka_produce_request_schema, -1, "", ERR_VERSION,
                   "produce request: there is no version -1");
}
END_TEST

START_TEST(a_message_that_is_cut_off_is_told_with_field_and_position)
{
    expect_refused(&kafka_produce_request_schema, 7, "id=s~ acks=h-1 timeout_ms=h0", ERR_CORRUPT,
                   "produce request v7: 'timeout_ms' at byte 4 is cut off");
    expect_refused(&kafka_produce_request_schema, 7,
                   "id=s~ acks=h1 timeout=i9 topics=i[ ( name=s't' partitions=i[ ( partition=i5 "
                   "length=i9 half=i0 ) ] ) ]",
                   ERR_CORRUPT, "produce request v7: 'records' at byte 23 is cut off");
    expect_refused(&kafka_fetch_request_schema, 12,
                   "id=i-1 wait=i1 min=i1 max=i1 level=b0 "
                   "session=i0 epoch=i0 topics=v[ ] forgotten=v[ ] "
                   "rack=S''",
                   ERR_CORRUPT, "fetch request v12: 'tags' at byte 28 is cut off");
}
END_TEST

START_TEST(counts_that_the_message_cannot_hold_are_refused)
{
    expect_refused(&kafka_produce_request_schema, 7,
                   "id=s~ acks=h1 timeout=i9 topics=" HUGE_COUNT " more=l0 more=l0", ERR_CORRUPT,
                   "produce request v7: 'topics' at byte 8 is cut off");
    /* Three topics need six bytes each at least. */
    expect_refused(&kafka_produce_request_schema, 7,
                   "id=s~ acks=h1 timeout=i9 topics=i3 more=l0 more=l0 more=b0", ERR_CORRUPT,
                   "produce request v7: 'topics' at byte 8 is cut off");
    expect_refused(&kafka_create_topics_request_schema, 1,
                   "topics=i[ ( name=s't' partitions=i1 factor=h1 assignments=i[ ( partition=i1 "
                   "ids=" HUGE_COUNT " ) ] ) ]",
                   ERR_CORRUPT, "create topics request v1: 'broker_ids' at byte 21 is cut off");
}
END_TEST

START_TEST(lengths_below_null_are_refused)
{
    expect_refused(&kafka_produce_request_schema, 7, "id=h-2 acks=h1", ERR_CORRUPT,
                   "produce request v7: 'transactional_id' at byte 0 has a length that is not "
                   "valid");
    expect_refused(&kafka_metadata_request_schema, 1, "topics=i-5", ERR_CORRUPT,
                   "metadata request v1: 'topics' at byte 0 has a length that is not valid");
}
END_TEST

START_TEST(null_is_refused_where_the_version_does_not_know_it)
{
    expect_refused(&kafka_metadata_request_schema, 0, "topics=i~", ERR_CORRUPT,
                   "metadata request v0: 'topics' at byte 0 must not be null");
    expect_refused(&kafka_metadata_request_schema, 1, "topics=i[ ( name=s~ ) ]", ERR_CORRUPT,
                   "metadata request v1: 'name' at byte 4 must not be null");
    expect_refused(&kafka_describe_groups_request_schema, 0, "groups=i[ s'g' s~ ]", ERR_CORRUPT,
                   "describe groups request v0: 'groups' at byte 0 must not be null");
    expect_refused(&kafka_metadata_request_schema, 9, "topics=v[ ( name=S~ t ) ] a=b0 b=b0 c=b0 t",
                   ERR_CORRUPT, "metadata request v9: 'name' at byte 1 must not be null");
}
END_TEST

START_TEST(tagged_fields_that_are_not_known_are_passed_over)
{
    AUTO(done) struct attempt attempt;
    struct kafka_heartbeat_request request;

    ck_assert_int_eq(decode(&attempt, &kafka_heartbeat_request_schema, 4,
                            "group_id=S'g' generation_id=i3 member_id=S'm' instance=S~ t{ "
                            "0:new=i77 200:newer=y'abc' }",
                            &request),
                     ERR_OK);
    ck_assert_int_eq(request.generation_id, 3);
    ck_assert_uint_eq(attempt.left, 0);
}
END_TEST

START_TEST(tagged_fields_of_later_versions_are_passed_over)
{
    AUTO(done) struct attempt attempt;
    struct kafka_fetch_request request;

    ck_assert_int_eq(decode(&attempt, &kafka_fetch_request_schema, 12,
                            "id=i-1 wait=i1 min=i1 max=i1 level=b0 session=i0 epoch=i0 topics=v[ ] "
                            "forgotten=v[ ] rack=S'' t{ 1:replica_state=( id=i3 epoch=l4 t ) }",
                            &request),
                     ERR_OK);
    ck_assert_int_eq(request.replica_state.replica_id, -1);
}
END_TEST

START_TEST(a_tagged_field_must_be_as_long_as_it_says)
{
    static const char *const front = "throttle=i0 error=h0 session=i0 topics=v[ ( name=S't' "
                                     "partitions=v[ ( partition=i5 error=h0 hw=l0 lso=l0 start=l0 "
                                     "aborted=v~ replica=i-1 records=Y~ t{ 1:leader=( id=i1 "
                                     "epoch=i2 t more=b0 ) } ) ] t ) ] t";
    static const char *const back = "throttle=i0 error=h0 session=i0 topics=v[ ( name=S't' "
                                    "partitions=v[ ( partition=i5 error=h0 hw=l0 lso=l0 start=l0 "
                                    "aborted=v~ replica=i-1 records=Y~ t{ 1:leader=( id=i1 "
                                    "epoch=h2 ) } ) ] t ) ] t";

    expect_refused(&kafka_fetch_response_schema, 12, front, ERR_CORRUPT,
                   "fetch response v12: 'tags' at byte 61 is not as long as its tag says");
    expect_refused(&kafka_fetch_response_schema, 12, back, ERR_CORRUPT,
                   "fetch response v12: 'leader_epoch' at byte 57 is cut off");
}
END_TEST

START_TEST(a_message_takes_no_more_memory_than_it_may)
{
    AUTO(text_done) struct text bytes = {0};
    AUTO(kafka_arena_done) struct kafka_arena arena = {.size_max = 4096};
    struct kafka_metadata_request request;
    struct kafka_reader reader;
    struct error error;

    /* 1000 topics without names: true, but more than the arena has. */
    kafka_layout_bytes("topics=i1000", &bytes);
    for (int i = 0; i < 1000; i++)
        text_add_bytes(&bytes, "\0\0", 2);
    kafka_reader_init(&reader, text_data(&bytes), text_size(&bytes));
    ck_assert_int_eq(
        kafka_decode(&kafka_metadata_request_schema, 1, &reader, &arena, &request, &error),
        ERR_LIMIT);
    ck_assert_str_eq(
        error.text,
        "metadata request v1: 'topics' at byte 0 needs more memory than a message may take");
    ck_assert_uint_le(arena.size, 4096);
}
END_TEST

START_TEST(any_byte_but_zero_is_true)
{
    AUTO(done) struct attempt attempt;
    struct kafka_metadata_request request;

    ck_assert_int_eq(decode(&attempt, &kafka_metadata_request_schema, 4,
                            "topics=i~ allow_auto_topic_creation=b2", &request),
                     ERR_OK);
    ck_assert(request.allow_auto_topic_creation);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        records_are_not_copied,
        what_follows_a_message_is_left,
        a_version_that_there_is_not_is_refused,
        a_message_that_is_cut_off_is_told_with_field_and_position,
        counts_that_the_message_cannot_hold_are_refused,
        lengths_below_null_are_refused,
        null_is_refused_where_the_version_does_not_know_it,
        tagged_fields_that_are_not_known_are_passed_over,
        tagged_fields_of_later_versions_are_passed_over,
        a_tagged_field_must_be_as_long_as_it_says,
        a_message_takes_no_more_memory_than_it_may,
        any_byte_but_zero_is_true,
    };

    return suite_run("protocol_decode", tests, COUNT_OF(tests));
}
