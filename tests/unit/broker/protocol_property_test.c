/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds for every message in every version, whatever is in it: random messages come back as they were; cut ones
 * are refused, at every byte; lies cost no more than the arena allows.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/text.h"
#include "broker/protocol/decode.h"
#include "broker/protocol/encode.h"
#include "tests/support/kafka_messages.h"
#include "tests/support/suite.h"

#define ROUNDS       24
#define LIES         64
#define LIE_SIZE_MAX ((size_t)1 << 16)

/* A message, its bytes, and how to read them. */
struct sample {
    const struct kafka_schema *schema;
    int16_t version;
    struct kafka_arena arena;
    void *message;
    struct kafka_writer writer;
};

static void init(struct sample *sample, const struct kafka_schema *schema, int16_t version,
                 struct rng *rng)
{
    *sample = (struct sample){.schema = schema, .version = version};
    kafka_arena_init(&sample->arena, KAFKA_ARENA_SIZE_MAX);
    sample->message = mem_alloc(schema->body.size);
    kafka_messages_fill(schema, version, rng, &sample->arena, sample->message);
    ck_assert_int_eq(kafka_encode(schema, version, sample->message, &sample->writer, NULL), ERR_OK);
}

static void done(struct sample *sample)
{
    free(sample->message);
    kafka_arena_done(&sample->arena);
    kafka_writer_done(&sample->writer);
}

/* Calls `check` with some random messages of each schema and version. */
static void for_samples(void (*check)(struct sample *sample, struct rng *rng), int rounds,
                        const struct kafka_schema *schema)
{
    struct rng rng;

    rng_init(&rng, strlen(schema->name) * 131 + (uint64_t)schema->last);
    for (int16_t version = schema->first; version <= schema->last; version++) {
        for (int round = 0; round < rounds; round++) {
            struct sample sample;
            init(&sample, schema, version, &rng);
            check(&sample, &rng);
            done(&sample);
        }
    }
}

/* Decodes a copy of exactly these bytes, so that a sanitizer sees who reads further. The copy lives on in *ret_copy. */
static enum err decode_copy(const struct sample *sample, const void *bytes, size_t size,
                            struct kafka_arena *arena, void *message, unsigned char **ret_copy)
{
    struct kafka_reader reader;

    *ret_copy = malloc(size == 0 ? 1 : size);
    ck_assert_ptr_nonnull(*ret_copy);
    if (size > 0)
        memcpy(*ret_copy, bytes, size);
    kafka_reader_init(&reader, *ret_copy, size);
    enum err err = kafka_decode(sample->schema, sample->version, &reader, arena, message, NULL);
    if (err == ERR_OK)
        ck_assert_uint_le(kafka_reader_left(&reader), size);
    return err;
}

/* ---- round trips ---- */

static void expect_same(const struct sample *sample, const void *message)
{
    AUTO(text_done) struct text sent = {0};
    AUTO(text_done) struct text received = {0};

    kafka_messages_print(sample->schema, sample->version, sample->message, &sent);
    kafka_messages_print(sample->schema, sample->version, message, &received);
    ck_assert_msg(strcmp(text_data(&sent), text_data(&received)) == 0, "%s v%d:\n  %s\n  %s",
                  sample->schema->name, sample->version, text_data(&sent), text_data(&received));
}

static void check_round_trip(struct sample *sample, struct rng *rng)
{
    AUTO(kafka_arena_done) struct kafka_arena arena = {.size_max = KAFKA_ARENA_SIZE_MAX};
    AUTO(kafka_writer_done) struct kafka_writer again = {.bytes = NULL};
    void *message = mem_alloc(sample->schema->body.size);
    unsigned char *copy;

    (void)rng;
    memset(message, 0xA5, sample->schema->body.size);
    ck_assert_int_eq(
        decode_copy(sample, sample->writer.bytes, sample->writer.size, &arena, message, &copy),
        ERR_OK);
    expect_same(sample, message);
    ck_assert_int_eq(kafka_encode(sample->schema, sample->version, message, &again, NULL), ERR_OK);
    ck_assert_uint_eq(again.size, sample->writer.size);
    if (again.size > 0)
        ck_assert_mem_eq(again.bytes, sample->writer.bytes, again.size);
    free(copy);
    free(message);
}

static void round_trip(const struct kafka_schema *schema)
{
    for_samples(check_round_trip, ROUNDS, schema);
}

START_TEST(every_message_comes_back_as_it_was)
{
    kafka_messages_each(round_trip);
}
END_TEST

/* ---- fields that are not there ---- */

/* Prints the message as if the version that has most fields had been asked for. */
static void print_outside(const struct kafka_schema *schema, int16_t version, const void *message,
                          struct text *out)
{
    for (size_t i = 0; i < schema->body.field_count; i++) {
        struct kafka_field field = schema->body.fields[i];
        struct kafka_schema one = {.name = "one",
                                   .body = {.size = 0, .field_count = 1, .fields = &field}};
        if (kafka_field_is_in(&field, version))
            continue;
        field.first = 0;
        field.gone = 0;
        kafka_messages_print(&one, 0, message, out);
    }
}

static void check_defaults(struct sample *sample, struct rng *rng)
{
    AUTO(kafka_arena_done) struct kafka_arena arena = {.size_max = KAFKA_ARENA_SIZE_MAX};
    AUTO(text_done) struct text decoded = {0};
    AUTO(text_done) struct text usual = {0};
    void *message = mem_alloc(sample->schema->body.size);
    unsigned char *copy;

    (void)rng;
    memset(message, 0xA5, sample->schema->body.size);
    ck_assert_int_eq(
        decode_copy(sample, sample->writer.bytes, sample->writer.size, &arena, message, &copy),
        ERR_OK);
    print_outside(sample->schema, sample->version, message, &decoded);
    kafka_init(sample->schema, message);
    print_outside(sample->schema, sample->version, message, &usual);
    ck_assert_str_eq(text_data(&decoded), text_data(&usual));
    free(copy);
    free(message);
}

static void defaults(const struct kafka_schema *schema)
{
    for_samples(check_defaults, 1, schema);
}

START_TEST(fields_that_a_version_does_not_have_get_their_defaults)
{
    kafka_messages_each(defaults);
}
END_TEST

/* ---- cut ---- */

static void check_cuts(struct sample *sample, struct rng *rng)
{
    void *message = mem_alloc(sample->schema->body.size);

    (void)rng;
    for (size_t size = 0; size < sample->writer.size; size++) {
        AUTO(kafka_arena_done) struct kafka_arena arena = {.size_max = KAFKA_ARENA_SIZE_MAX};
        unsigned char *copy;
        enum err err = decode_copy(sample, sample->writer.bytes, size, &arena, message, &copy);
        ck_assert_msg(err == ERR_CORRUPT, "%s v%d: %zu of %zu bytes are accepted",
                      sample->schema->name, sample->version, size, sample->writer.size);
        free(copy);
    }
    free(message);
}

static void cuts(const struct kafka_schema *schema)
{
    for_samples(check_cuts, 1, schema);
}

START_TEST(a_message_that_is_cut_off_at_any_byte_is_refused)
{
    kafka_messages_each(cuts);
}
END_TEST

/* ---- lies ---- */

static void lie(unsigned char *bytes, size_t size, struct rng *rng)
{
    static const unsigned char lies[] = {0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff};
    size_t at = rng_below(rng, (uint32_t)size);
    size_t length = 1 + rng_below(rng, 5);

    for (size_t i = at; i < size && i < at + length; i++)
        bytes[i] = lies[rng_below(rng, sizeof lies)];
}

/* What is refused is refused, what is understood can be sent again; neither takes more than the arena gives. */
static void check_lies(struct sample *sample, struct rng *rng)
{
    AUTO(kafka_arena_done) struct kafka_arena arena = {.size_max = LIE_SIZE_MAX};
    void *message = mem_alloc(sample->schema->body.size);
    size_t size = sample->writer.size;
    unsigned char *bytes = mem_alloc(size);

    for (int i = 0; i < LIES && size > 0; i++) {
        AUTO(kafka_writer_done) struct kafka_writer again = {.bytes = NULL};
        unsigned char *copy;
        memcpy(bytes, sample->writer.bytes, size);
        lie(bytes, size, rng);
        enum err err = decode_copy(sample, bytes, size, &arena, message, &copy);
        ck_assert_uint_le(arena.size, LIE_SIZE_MAX);
        if (err == ERR_OK)
            ck_assert_int_eq(kafka_encode(sample->schema, sample->version, message, &again, NULL),
                             ERR_OK);
        else
            ck_assert(err == ERR_CORRUPT || err == ERR_LIMIT);
        free(copy);
        kafka_arena_reset(&arena);
    }
    free(bytes);
    free(message);
}

static void lies(const struct kafka_schema *schema)
{
    for_samples(check_lies, 2, schema);
}

START_TEST(lies_in_a_message_cost_no_more_than_the_arena_allows)
{
    kafka_messages_each(lies);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_message_comes_back_as_it_was,
        fields_that_a_version_does_not_have_get_their_defaults,
        a_message_that_is_cut_off_at_any_byte_is_refused,
        lies_in_a_message_cost_no_more_than_the_arena_allows,
    };

    return suite_run("protocol_property", tests, COUNT_OF(tests));
}
