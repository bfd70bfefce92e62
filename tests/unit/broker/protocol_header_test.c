/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/header.h"

#include <string.h>

#include "base/mem.h"
#include "broker/protocol/decode.h"
#include "broker/protocol/messages.h"
#include "tests/support/kafka_layout.h"
#include "tests/support/suite.h"

#define TEXT(literal) ((struct kafka_string){(literal), (int32_t)sizeof(literal) - 1})

static const struct kafka_api *api(int16_t key)
{
    const struct kafka_api *found = kafka_api_find(key);

    ck_assert_ptr_nonnull(found);
    return found;
}

static void expect(const struct kafka_writer *writer, const char *layout)
{
    AUTO(text_done) struct text bytes = {0};

    kafka_layout_bytes(layout, &bytes);
    ck_assert_uint_eq(writer->size, text_size(&bytes));
    ck_assert_mem_eq(writer->bytes, text_data(&bytes), writer->size);
}

/* ---- frames ---- */

START_TEST(a_frame_is_whole_when_all_its_bytes_are_there)
{
    static const unsigned char bytes[] = {0, 0, 0, 3, 'a', 'b', 'c', 0};
    size_t size = 99;

    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(kafka_frame_look(bytes, i, 10, &size), KAFKA_FRAME_PARTIAL);
    ck_assert_uint_eq(size, 99);
    for (size_t i = 4; i < 7; i++) {
        size = 0;
        ck_assert_int_eq(kafka_frame_look(bytes, i, 10, &size), KAFKA_FRAME_PARTIAL);
        ck_assert_uint_eq(size, 7);
    }
    ck_assert_int_eq(kafka_frame_look(bytes, 7, 10, &size), KAFKA_FRAME_WHOLE);
    ck_assert_int_eq(kafka_frame_look(bytes, 8, 3, &size), KAFKA_FRAME_WHOLE);
    ck_assert_uint_eq(size, 7);
}
END_TEST

START_TEST(a_frame_that_is_too_large_or_negative_is_refused)
{
    static const unsigned char large[] = {0, 0, 0, 11};
    static const unsigned char negative[] = {0xff, 0xff, 0xff, 0xff};
    size_t size = 99;

    ck_assert_int_eq(kafka_frame_look(large, 4, 10, &size), KAFKA_FRAME_REFUSED);
    ck_assert_int_eq(kafka_frame_look(negative, 4, SIZE_MAX, &size), KAFKA_FRAME_REFUSED);
    ck_assert_uint_eq(size, 99);
}
END_TEST

/* ---- request headers ---- */

static enum err decode(const char *layout, struct kafka_request_header *ret_header,
                       size_t *ret_left, struct error *error)
{
    static char kept[256];
    AUTO(text_done) struct text bytes = {0};
    struct kafka_reader reader;

    kafka_layout_bytes(layout, &bytes);
    ck_assert_uint_le(text_size(&bytes), sizeof kept);
    memcpy(kept, text_data(&bytes), text_size(&bytes));
    kafka_reader_init(&reader, kept, text_size(&bytes));
    enum err err = kafka_decode_request_header(&reader, ret_header, error);
    *ret_left = kafka_reader_left(&reader);
    return err;
}

START_TEST(the_header_of_a_classic_request_has_no_tags)
{
    struct kafka_request_header header;
    size_t left;

    ck_assert_int_eq(
        decode("key=h0 version=h7 correlation=i42 client=s'me' body=h1", &header, &left, NULL),
        ERR_OK);
    ck_assert_int_eq(header.api_key, KAFKA_PRODUCE);
    ck_assert_int_eq(header.api_version, 7);
    ck_assert_int_eq(header.correlation_id, 42);
    ck_assert_int_eq(header.client_id.length, 2);
    ck_assert_mem_eq(header.client_id.data, "me", 2);
    ck_assert_uint_eq(left, 2);
}
END_TEST

START_TEST(the_header_of_a_flexible_request_has_a_classic_client_id_and_tags)
{
    struct kafka_request_header header;
    size_t left;

    ck_assert_int_eq(decode("key=h18 version=h3 correlation=i42 client=s~ t{ 9:x=h1 } body=h1",
                            &header, &left, NULL),
                     ERR_OK);
    ck_assert_int_eq(header.client_id.length, KAFKA_NULL);
    ck_assert_uint_eq(left, 2);
}
END_TEST

START_TEST(the_header_of_an_unknown_request_is_read)
{
    struct kafka_request_header header;
    size_t left;

    ck_assert_int_eq(
        decode("key=h18 version=h9 correlation=i42 client=s'me' body=h1", &header, &left, NULL),
        ERR_OK);
    ck_assert_int_eq(header.correlation_id, 42);
    ck_assert_int_eq(decode("key=h999 version=h0 correlation=i43 client=s~", &header, &left, NULL),
                     ERR_OK);
    ck_assert_int_eq(header.api_key, 999);
    ck_assert_int_eq(header.correlation_id, 43);
}
END_TEST

START_TEST(a_header_that_is_cut_off_is_refused)
{
    struct kafka_request_header header = {.api_key = 77};
    struct error error;
    size_t left;

    ck_assert_int_eq(decode("key=h0 version=h7 correlation=i42 client=h9", &header, &left, &error),
                     ERR_CORRUPT);
    ck_assert_str_eq(error.text, "the header of a request is cut off, or not one");
    ck_assert_int_eq(decode("key=h18 version=h3 correlation=i42 client=s~", &header, &left, NULL),
                     ERR_CORRUPT);
    ck_assert_int_eq(decode("", &header, &left, NULL), ERR_CORRUPT);
    ck_assert_int_eq(header.api_key, 77);
}
END_TEST

START_TEST(requests_are_sent_in_frames)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};
    struct kafka_request_header header = {.api_key = KAFKA_HEARTBEAT,
                                          .api_version = 3,
                                          .correlation_id = 42,
                                          .client_id = TEXT("me")};
    struct kafka_heartbeat_request request = {
        .group_id = TEXT("g"), .member_id = TEXT("m"), .group_instance_id = KAFKA_STRING_NULL};

    ck_assert_int_eq(kafka_encode_request(&header, &request, &writer, NULL), ERR_OK);
    expect(&writer, "size=i24 key=h12 version=h3 correlation=i42 client=s'me' group=s'g' "
                    "generation=i0 member=s'm' instance=s~");
    kafka_writer_clear(&writer);
    header.api_version = 4;
    ck_assert_int_eq(kafka_encode_request(&header, &request, &writer, NULL), ERR_OK);
    expect(&writer, "size=i23 key=h12 version=h4 correlation=i42 client=s'me' t group=S'g' "
                    "generation=i0 member=S'm' instance=S~ t");
}
END_TEST

/* ---- responses ---- */

START_TEST(responses_are_sent_in_frames)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};
    struct kafka_heartbeat_response response = {.error_code = 27};

    ck_assert_int_eq(kafka_encode_response(api(KAFKA_HEARTBEAT), 3, 42, &response, &writer, NULL),
                     ERR_OK);
    expect(&writer, "size=i10 correlation=i42 throttle=i0 error=h27");
    ck_assert_int_eq(kafka_encode_response(api(KAFKA_HEARTBEAT), 4, 43, &response, &writer, NULL),
                     ERR_OK);
    expect(&writer, "size=i10 correlation=i42 throttle=i0 error=h27 size=i12 correlation=i43 t "
                    "throttle=i0 error=h27 t");
}
END_TEST

START_TEST(the_response_to_api_versions_never_has_tags_in_its_header)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};
    struct kafka_api_versions_response response;

    kafka_init(api(KAFKA_API_VERSIONS)->response, &response);
    ck_assert_int_eq(
        kafka_encode_response(api(KAFKA_API_VERSIONS), 3, 42, &response, &writer, NULL), ERR_OK);
    expect(&writer, "size=i12 correlation=i42 error=h0 api_keys=v[ ] throttle=i0 t");
}
END_TEST

START_TEST(a_frame_counts_the_pieces_of_files_in_it)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};
    static char file;
    struct kafka_fetch_response_partition partition = {
        .partition = 5,
        .records = {.file = (struct file *)(void *)&file, .length = 1000},
    };
    struct kafka_fetch_response_topic topic = {
        .name = TEXT("t"), .partitions = &partition, .partition_count = 1};
    struct kafka_fetch_response response = {.topics = &topic, .topic_count = 1};

    ck_assert_int_eq(kafka_encode_response(api(KAFKA_FETCH), 4, 42, &response, &writer, NULL),
                     ERR_OK);
    ck_assert_int_eq(kafka_encode_response(api(KAFKA_FETCH), 4, 43, &response, &writer, NULL),
                     ERR_OK);
    struct kafka_reader reader;
    kafka_reader_init(&reader, writer.bytes, writer.size);
    ck_assert_int_eq(kafka_get_i32(&reader), (int32_t)(writer.size / 2) - 4 + 1000);
    kafka_reader_init(&reader, writer.bytes + writer.size / 2, writer.size / 2);
    ck_assert_int_eq(kafka_get_i32(&reader), (int32_t)(writer.size / 2) - 4 + 1000);
}
END_TEST

START_TEST(a_frame_that_is_larger_than_can_be_is_refused_and_leaves_nothing)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};
    static char file;
    struct kafka_fetch_response_partition partitions[2];
    struct kafka_fetch_response_topic topic = {
        .name = TEXT("t"), .partitions = partitions, .partition_count = COUNT_OF(partitions)};
    struct kafka_fetch_response response = {.topics = &topic, .topic_count = 1};
    struct error error;

    for (size_t i = 0; i < COUNT_OF(partitions); i++)
        partitions[i] = (struct kafka_fetch_response_partition){
            .records = {.file = (struct file *)(void *)&file, .length = INT32_MAX / 2}};
    kafka_put_i8(&writer, 1);
    ck_assert_int_eq(kafka_encode_response(api(KAFKA_FETCH), 4, 42, &response, &writer, &error),
                     ERR_LIMIT);
    ck_assert_str_eq(error.text, "a frame cannot have more than 2147483647 bytes");
    ck_assert_uint_eq(kafka_writer_total(&writer), 1);
}
END_TEST

START_TEST(a_response_that_cannot_be_encoded_leaves_nothing)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};
    struct kafka_heartbeat_response response = {.error_code = 0};

    ck_assert_int_eq(kafka_encode_response(api(KAFKA_HEARTBEAT), 99, 42, &response, &writer, NULL),
                     ERR_VERSION);
    ck_assert_uint_eq(writer.size, 0);
}
END_TEST

START_TEST(the_header_of_a_response_is_read_as_it_is_written)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};
    struct kafka_heartbeat_response response = {.error_code = 27};
    struct kafka_reader reader;
    int32_t correlation_id = 0;

    for (int16_t version = 0; version <= 4; version++) {
        kafka_writer_clear(&writer);
        ck_assert_int_eq(
            kafka_encode_response(api(KAFKA_HEARTBEAT), version, 42, &response, &writer, NULL),
            ERR_OK);
        kafka_reader_init(&reader, writer.bytes + 4, writer.size - 4);
        ck_assert_int_eq(kafka_decode_response_header(api(KAFKA_HEARTBEAT), version, &reader,
                                                      &correlation_id, NULL),
                         ERR_OK);
        ck_assert_int_eq(correlation_id, 42);
        ck_assert_uint_eq(kafka_reader_left(&reader), version == 0 ? 2 : version == 4 ? 7 : 6);
    }
    kafka_reader_init(&reader, writer.bytes + 4, 3);
    ck_assert_int_eq(
        kafka_decode_response_header(api(KAFKA_HEARTBEAT), 0, &reader, &correlation_id, NULL),
        ERR_CORRUPT);
}
END_TEST

START_TEST(those_who_ask_for_versions_in_a_version_too_high_are_told_ours)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};

    kafka_encode_versions_refusal(42, &writer);
    expect(&writer, "size=i16 correlation=i42 error_code=h35 api_keys=i[ ( api_key=h18 "
                    "min_version=h0 max_version=h3 ) ]");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_frame_is_whole_when_all_its_bytes_are_there,
        a_frame_that_is_too_large_or_negative_is_refused,
        the_header_of_a_classic_request_has_no_tags,
        the_header_of_a_flexible_request_has_a_classic_client_id_and_tags,
        the_header_of_an_unknown_request_is_read,
        a_header_that_is_cut_off_is_refused,
        requests_are_sent_in_frames,
        responses_are_sent_in_frames,
        the_response_to_api_versions_never_has_tags_in_its_header,
        a_frame_counts_the_pieces_of_files_in_it,
        a_frame_that_is_larger_than_can_be_is_refused_and_leaves_nothing,
        a_response_that_cannot_be_encoded_leaves_nothing,
        the_header_of_a_response_is_read_as_it_is_written,
        those_who_ask_for_versions_in_a_version_too_high_are_told_ours,
    };

    return suite_run("protocol_header", tests, COUNT_OF(tests));
}
