/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/header.h"

#include <stdbool.h>

#include "base/assert.h"
#include "broker/protocol/encode.h"
#include "broker/protocol/errors.h"

enum kafka_frame kafka_frame_look(const void *bytes, size_t size, size_t size_max, size_t *ret_size)
{
    struct kafka_reader reader;

    if (size < KAFKA_FRAME_PREFIX)
        return KAFKA_FRAME_PARTIAL;
    kafka_reader_init(&reader, bytes, size);
    int32_t length = kafka_get_i32(&reader);
    if (length < 0 || (size_t)length > size_max)
        return KAFKA_FRAME_REFUSED;
    *ret_size = KAFKA_FRAME_PREFIX + (size_t)length;
    return size < *ret_size ? KAFKA_FRAME_PARTIAL : KAFKA_FRAME_WHOLE;
}

/* ---- headers ---- */

static bool is_request_flexible(int16_t key, int16_t version)
{
    const struct kafka_api *api = kafka_api_find(key);

    return api != NULL && kafka_schema_has(api->request, version) &&
           kafka_schema_is_flexible(api->request, version);
}

static bool is_response_header_flexible(const struct kafka_api *api, int16_t version)
{
    return api->key != KAFKA_API_VERSIONS && kafka_schema_is_flexible(api->response, version);
}

enum err kafka_decode_request_header(struct kafka_reader *reader,
                                     struct kafka_request_header *ret_header, struct error *error)
{
    struct kafka_request_header header = {
        .api_key = kafka_get_i16(reader),
        .api_version = kafka_get_i16(reader),
        .correlation_id = kafka_get_i32(reader),
        .client_id = kafka_get_string(reader, KAFKA_CLASSIC),
    };

    if (is_request_flexible(header.api_key, header.api_version))
        kafka_skip_tags(reader);
    if (reader->problem != KAFKA_PROBLEM_NONE)
        return error_set(error, ERR_CORRUPT, "the header of a request is cut off, or not one");
    *ret_header = header;
    return ERR_OK;
}

enum err kafka_decode_response_header(const struct kafka_api *api, int16_t version,
                                      struct kafka_reader *reader, int32_t *ret_correlation_id,
                                      struct error *error)
{
    int32_t correlation_id = kafka_get_i32(reader);

    if (is_response_header_flexible(api, version))
        kafka_skip_tags(reader);
    if (reader->problem != KAFKA_PROBLEM_NONE)
        return error_set(error, ERR_CORRUPT, "the header of a response is cut off, or not one");
    *ret_correlation_id = correlation_id;
    return ERR_OK;
}

/* ---- frames ---- */

/* Where a frame begins in the writer. */
struct frame {
    size_t begin;
    size_t piece_count;
    uint64_t pieces_size;
};

static struct frame begin_frame(struct kafka_writer *writer)
{
    struct frame frame = {.begin = writer->size,
                          .piece_count = writer->piece_count,
                          .pieces_size = writer->pieces_size};

    kafka_put_i32(writer, 0);
    return frame;
}

static void cut_frame(struct kafka_writer *writer, const struct frame *frame)
{
    kafka_writer_cut(writer, frame->begin, frame->piece_count);
}

/* Fills in the length; a frame that is too large for it is cut off again. */
static enum err end_frame(struct kafka_writer *writer, const struct frame *frame,
                          struct error *error)
{
    uint64_t size =
        writer->size - frame->begin - KAFKA_FRAME_PREFIX + writer->pieces_size - frame->pieces_size;

    if (size > (uint64_t)INT32_MAX) {
        cut_frame(writer, frame);
        return error_set(error, ERR_LIMIT, "a frame cannot have more than %d bytes", INT32_MAX);
    }
    bytes_put_u32(writer->bytes + frame->begin, __builtin_bswap32((uint32_t)size));
    return ERR_OK;
}

static enum err put_body(const struct kafka_schema *schema, int16_t version, const void *body,
                         struct kafka_writer *writer, const struct frame *frame,
                         struct error *error)
{
    enum err err = kafka_encode(schema, version, body, writer, error);

    if (err == ERR_OK)
        return end_frame(writer, frame, error);
    cut_frame(writer, frame);
    return err;
}

enum err kafka_encode_request(const struct kafka_request_header *header, const void *request,
                              struct kafka_writer *writer, struct error *error)
{
    const struct kafka_api *api = kafka_api_find(header->api_key);

    ASSERT(api != NULL);
    struct frame frame = begin_frame(writer);
    kafka_put_i16(writer, header->api_key);
    kafka_put_i16(writer, header->api_version);
    kafka_put_i32(writer, header->correlation_id);
    kafka_put_string(writer, KAFKA_CLASSIC, header->client_id);
    if (is_request_flexible(header->api_key, header->api_version))
        kafka_put_uvarint(writer, 0);
    return put_body(api->request, header->api_version, request, writer, &frame, error);
}

enum err kafka_encode_response(const struct kafka_api *api, int16_t version, int32_t correlation_id,
                               const void *response, struct kafka_writer *writer,
                               struct error *error)
{
    struct frame frame = begin_frame(writer);

    kafka_put_i32(writer, correlation_id);
    if (is_response_header_flexible(api, version))
        kafka_put_uvarint(writer, 0);
    return put_body(api->response, version, response, writer, &frame, error);
}

void kafka_encode_versions_refusal(int32_t correlation_id, struct kafka_writer *writer)
{
    const struct kafka_api *api = kafka_api_find(KAFKA_API_VERSIONS);

    ASSERT(api != NULL);
    struct kafka_api_versions_response_api_key key = {
        .api_key = api->key,
        .min_version = api->advertised_min,
        .max_version = api->advertised_max,
    };
    struct kafka_api_versions_response response = {
        .error_code = KAFKA_UNSUPPORTED_VERSION,
        .api_keys = &key,
        .api_key_count = 1,
    };
    enum err err = kafka_encode_response(api, 0, correlation_id, &response, writer, NULL);
    ASSERT(err == ERR_OK);
}
