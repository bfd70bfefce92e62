/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes are a request's frame without its length: the header is read, or refused; then, if we know the API and the
 * version, the body. What was understood is sent again and comes out the same, to the byte, when it is read and sent
 * once more.
 */
#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/protocol/decode.h"
#include "broker/protocol/encode.h"
#include "broker/protocol/header.h"

#define ARENA_SIZE_MAX ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decode_again(const struct kafka_schema *schema, int16_t version,
                         const struct kafka_writer *sent)
{
    AUTO(kafka_arena_done) struct kafka_arena arena = {.size_max = 2 * ARENA_SIZE_MAX};
    AUTO(kafka_writer_done) struct kafka_writer again = {.bytes = NULL};
    void *message = mem_alloc(schema->body.size);
    struct kafka_reader reader;

    kafka_reader_init(&reader, sent->bytes, sent->size);
    enum err err = kafka_decode(schema, version, &reader, &arena, message, NULL);
    ASSERT(err == ERR_OK && kafka_reader_left(&reader) == 0);
    err = kafka_encode(schema, version, message, &again, NULL);
    ASSERT(err == ERR_OK && again.size == sent->size);
    ASSERT(again.size == 0 || memcmp(again.bytes, sent->bytes, again.size) == 0);
    free(message);
}

static void try_body(const struct kafka_schema *schema, int16_t version,
                     struct kafka_reader *reader)
{
    AUTO(kafka_arena_done) struct kafka_arena arena = {.size_max = ARENA_SIZE_MAX};
    AUTO(kafka_writer_done) struct kafka_writer sent = {.bytes = NULL};
    void *message = mem_alloc(schema->body.size);
    struct error error = {.code = ERR_OK};

    if (kafka_decode(schema, version, reader, &arena, message, &error) == ERR_OK) {
        enum err err = kafka_encode(schema, version, message, &sent, NULL);
        ASSERT(err == ERR_OK);
        decode_again(schema, version, &sent);
    } else {
        ASSERT(error.code == ERR_CORRUPT || error.code == ERR_LIMIT);
    }
    ASSERT(arena.size <= ARENA_SIZE_MAX);
    free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char *frame = mem_alloc(size); /* not a byte more */
    struct kafka_request_header header;
    struct kafka_reader reader;

    if (size > 0)
        memcpy(frame, data, size);
    kafka_reader_init(&reader, frame, size);
    if (kafka_decode_request_header(&reader, &header, NULL) == ERR_OK) {
        const struct kafka_api *api = kafka_api_find(header.api_key);
        if (api != NULL && kafka_schema_has(api->request, header.api_version))
            try_body(api->request, header.api_version, &reader);
    }
    free(frame);
    return 0;
}
