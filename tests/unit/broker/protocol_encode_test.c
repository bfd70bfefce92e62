/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/encode.h"

#include <string.h>

#include "base/mem.h"
#include "broker/protocol/messages.h"
#include "broker/protocol/schemas.h"
#include "tests/support/kafka_layout.h"
#include "tests/support/suite.h"

#define TEXT(literal) ((struct kafka_string){(literal), (int32_t)sizeof(literal) - 1})

static void expect(const struct kafka_writer *writer, const char *layout)
{
    AUTO(text_done) struct text bytes = {0};

    kafka_layout_bytes(layout, &bytes);
    ck_assert_uint_eq(writer->size, text_size(&bytes));
    ck_assert_mem_eq(writer->bytes, text_data(&bytes), writer->size);
}

START_TEST(records_of_a_file_become_a_part_of_their_own)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};
    static char file;
    struct kafka_fetch_response_partition partitions[] = {
        {.partition = 5,
         .aborted_transaction_count = KAFKA_NULL,
         .records = {.file = (struct file *)(void *)&file, .position = 8192, .length = 1000}},
        {.partition = 6, .error_code = 1, .records = {.length = KAFKA_NULL}},
    };
    struct kafka_fetch_response_topic topic = {
        .name = TEXT("t"), .partitions = partitions, .partition_count = COUNT_OF(partitions)};
    struct kafka_fetch_response response = {.topics = &topic, .topic_count = 1};
    struct kafka_part parts[3];

    ck_assert_int_eq(kafka_encode(&kafka_fetch_response_schema, 4, &response, &writer, NULL),
                     ERR_OK);
    expect(&writer,
           "throttle_time_ms=i0 topics=i[ ( name=s't' partitions=i[ ( partition=i5 error_code=h0 "
           "high_watermark=l0 last_stable_offset=l0 aborted_transactions=i~ records=i1000 ) ( "
           "partition=i6 error_code=h1 high_watermark=l0 last_stable_offset=l0 "
           "aborted_transactions=i[ ] records=y~ ) ] ) ]");
    ck_assert_uint_eq(kafka_writer_part_count(&writer), 3);
    kafka_writer_parts(&writer, parts);
    ck_assert_ptr_eq(parts[1].file, (struct file *)(void *)&file);
    ck_assert_uint_eq(parts[1].position, 8192);
    ck_assert_uint_eq(parts[1].size, 1000);
    ck_assert_uint_eq(kafka_writer_total(&writer), writer.size + 1000);
}
END_TEST

START_TEST(null_is_sent_as_empty_where_the_version_knows_no_null)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};
    struct kafka_metadata_request request = {.topic_count = KAFKA_NULL};
    struct kafka_join_group_response response = {.protocol_name = KAFKA_STRING_NULL,
                                                 .leader = KAFKA_STRING_NULL,
                                                 .member_count = KAFKA_NULL};

    ck_assert_int_eq(kafka_encode(&kafka_metadata_request_schema, 0, &request, &writer, NULL),
                     ERR_OK);
    expect(&writer, "topics=i[ ]");
    kafka_writer_clear(&writer);
    ck_assert_int_eq(kafka_encode(&kafka_metadata_request_schema, 1, &request, &writer, NULL),
                     ERR_OK);
    expect(&writer, "topics=i~");
    kafka_writer_clear(&writer);
    ck_assert_int_eq(kafka_encode(&kafka_join_group_response_schema, 0, &response, &writer, NULL),
                     ERR_OK);
    expect(&writer, "error_code=h0 generation_id=i0 protocol_name=s'' leader=s'' member_id=s'' "
                    "members=i[ ]");
}
END_TEST

START_TEST(fields_that_the_version_does_not_have_are_not_looked_at)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};
    struct kafka_heartbeat_response response = {.throttle_time_ms = 9, .error_code = 27};

    ck_assert_int_eq(kafka_encode(&kafka_heartbeat_response_schema, 0, &response, &writer, NULL),
                     ERR_OK);
    expect(&writer, "error_code=h27");
}
END_TEST

START_TEST(messages_are_appended)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};
    struct kafka_heartbeat_response response = {.error_code = 27};

    kafka_put_i32(&writer, 7);
    ck_assert_int_eq(kafka_encode(&kafka_heartbeat_response_schema, 4, &response, &writer, NULL),
                     ERR_OK);
    expect(&writer, "before=i7 throttle_time_ms=i0 error_code=h27 t");
}
END_TEST

START_TEST(a_long_tagged_field_has_its_size_before_it)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};
    AUTO(text_done) struct text layout = {0};
    struct kafka_api_versions_response_supported_feature features[40];
    struct kafka_api_versions_response response;

    kafka_init(&kafka_api_versions_response_schema, &response);
    response.supported_features = features;
    response.supported_feature_count = COUNT_OF(features);
    text_add(&layout, "error_code=h0 api_keys=v[ ] throttle_time_ms=i0 t{ 0:features=v[ ");
    for (size_t i = 0; i < COUNT_OF(features); i++) {
        features[i] = (struct kafka_api_versions_response_supported_feature){
            .name = TEXT("feature"), .min_version = 1, .max_version = 2};
        text_add(&layout, "( name=S'feature' min=h1 max=h2 t ) ");
    }
    text_add(&layout, "] 3:ready=b1 }");
    response.zk_migration_ready = true;
    ck_assert_int_eq(kafka_encode(&kafka_api_versions_response_schema, 3, &response, &writer, NULL),
                     ERR_OK);
    expect(&writer, text_data(&layout));
}
END_TEST

START_TEST(a_text_that_is_too_long_is_refused_and_leaves_nothing)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};
    struct kafka_heartbeat_request request = {.group_id = TEXT("g"),
                                              .member_id = {.data = "m", .length = INT16_MAX + 1}};
    struct error error;

    kafka_put_i32(&writer, 7);
    ck_assert_int_eq(kafka_encode(&kafka_heartbeat_request_schema, 0, &request, &writer, &error),
                     ERR_LIMIT);
    ck_assert_str_eq(error.text, "heartbeat request v0: 'member_id' has more than 32767 bytes");
    expect(&writer, "before=i7");
}
END_TEST

START_TEST(a_version_that_there_is_not_is_refused)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};
    struct kafka_heartbeat_response response = {.error_code = 27};
    struct error error;

    ck_assert_int_eq(kafka_encode(&kafka_heartbeat_response_schema, 5, &response, &writer, &error),
                     ERR_VERSION);
    ck_assert_str_eq(error.text, "heartbeat response: there is no version 5");
    ck_assert_uint_eq(writer.size, 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        records_of_a_file_become_a_part_of_their_own,
        null_is_sent_as_empty_where_the_version_knows_no_null,
        fields_that_the_version_does_not_have_are_not_looked_at,
        messages_are_appended,
        a_long_tagged_field_has_its_size_before_it,
        a_text_that_is_too_long_is_refused_and_leaves_nothing,
        a_version_that_there_is_not_is_refused,
    };

    return suite_run("protocol_encode", tests, COUNT_OF(tests));
}
