/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/consumer.h"

#include "broker/protocol/decode.h"
#include "broker/protocol/encode.h"
#include "broker/protocol/schemas.h"

static enum err decode(const struct kafka_schema *schema, struct kafka_bytes bytes,
                       struct kafka_arena *arena, void *ret_message, struct error *error)
{
    struct kafka_reader reader;

    kafka_reader_init(&reader, bytes.data, bytes.length < 0 ? 0 : (size_t)bytes.length);
    int16_t version = kafka_get_i16(&reader);
    if (reader.problem != KAFKA_PROBLEM_NONE || version < 0)
        return error_set(error, ERR_CORRUPT, "%s: there is no version in it", schema->name);
    if (version > schema->last)
        version = schema->last;
    return kafka_decode(schema, version, &reader, arena, ret_message, error);
}

enum err kafka_decode_subscription(struct kafka_bytes bytes, struct kafka_arena *arena,
                                   struct kafka_consumer_subscription *ret_subscription,
                                   struct error *error)
{
    return decode(&kafka_consumer_subscription_schema, bytes, arena, ret_subscription, error);
}

enum err kafka_decode_assignment(struct kafka_bytes bytes, struct kafka_arena *arena,
                                 struct kafka_consumer_assignment *ret_assignment,
                                 struct error *error)
{
    return decode(&kafka_consumer_assignment_schema, bytes, arena, ret_assignment, error);
}

static enum err encode(const struct kafka_schema *schema, int16_t version, const void *message,
                       struct kafka_writer *writer, struct error *error)
{
    size_t size = writer->size;

    kafka_put_i16(writer, version);
    enum err err = kafka_encode(schema, version, message, writer, error);
    if (err != ERR_OK)
        kafka_writer_cut(writer, size, writer->piece_count);
    return err;
}

enum err kafka_encode_subscription(const struct kafka_consumer_subscription *subscription,
                                   int16_t version, struct kafka_writer *writer,
                                   struct error *error)
{
    return encode(&kafka_consumer_subscription_schema, version, subscription, writer, error);
}

enum err kafka_encode_assignment(const struct kafka_consumer_assignment *assignment,
                                 int16_t version, struct kafka_writer *writer, struct error *error)
{
    return encode(&kafka_consumer_assignment_schema, version, assignment, writer, error);
}
