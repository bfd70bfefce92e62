/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/log/codec.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

static const enum batch_codec codecs[] = {BATCH_PLAIN, BATCH_GZIP, BATCH_SNAPPY, BATCH_LZ4,
                                          BATCH_ZSTD};

/* The same 100 bytes as other programs compress them. */
static const char text[] = "key-1:a value of gale, key-1:a value of gale, key-1:a value of gale, "
                           "key-1:a value of gale, key-1:a ";

static const unsigned char gzip[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x4e, 0xad, 0xd4, 0x35, 0xb4,
    0x4a, 0x54, 0x28, 0x4b, 0xcc, 0x29, 0x4d, 0x55, 0xc8, 0x4f, 0x53, 0x48, 0x4f, 0xcc, 0x49, 0xd5,
    0x51, 0xc8, 0xa6, 0xa6, 0x30, 0x00, 0xf9, 0x64, 0xf9, 0x5e, 0x64, 0x00, 0x00, 0x00};

static const unsigned char snappy_raw[] = {
    0x64, 0x58, 'k', 'e', 'y', '-', '1', ':', 'a', ' ',  'v',  'a',  'l',  'u',  'e', ' ',
    'o',  'f',  ' ', 'g', 'a', 'l', 'e', ',', ' ', 0xfe, 0x17, 0x00, 0x32, 0x17, 0x00};

static const unsigned char snappy_framed[] = {
    0x82, 'S',  'N',  'A',  'P',  'P',  'Y',  0x00, 0x00, 0x00, 0x00, 0x01, 0x00,
    0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x1f, 0x64, 0x58, 'k',  'e',  'y',  '-',
    '1',  ':',  'a',  ' ',  'v',  'a',  'l',  'u',  'e',  ' ',  'o',  'f',  ' ',
    'g',  'a',  'l',  'e',  ',',  ' ',  0xfe, 0x17, 0x00, 0x32, 0x17, 0x00};

static const unsigned char lz4[] = {
    0x04, 0x22, 0x4d, 0x18, 0x64, 0x40, 0xa7, 0x22, 0x00, 0x00, 0x00, 0xff, 0x08, 0x6b,
    0x65, 0x79, 0x2d, 0x31, 0x3a, 0x61, 0x20, 0x76, 0x61, 0x6c, 0x75, 0x65, 0x20, 0x6f,
    0x66, 0x20, 0x67, 0x61, 0x6c, 0x65, 0x2c, 0x20, 0x17, 0x00, 0x35, 0x50, 0x2d, 0x31,
    0x3a, 0x61, 0x20, 0x00, 0x00, 0x00, 0x00, 0x29, 0x1e, 0x27, 0xc2};

static const unsigned char zstd[] = {
    0x28, 0xb5, 0x2f, 0xfd, 0x24, 0x64, 0xf5, 0x00, 0x00, 0xb8, 0x6b, 0x65, 0x79, 0x2d, 0x31,
    0x3a, 0x61, 0x20, 0x76, 0x61, 0x6c, 0x75, 0x65, 0x20, 0x6f, 0x66, 0x20, 0x67, 0x61, 0x6c,
    0x65, 0x2c, 0x20, 0x01, 0x00, 0x55, 0xd1, 0xd9, 0x04, 0x04, 0x08, 0x43, 0xe7};

static const struct {
    enum batch_codec codec;
    const unsigned char *bytes;
    size_t size;
} vectors[] = {
    {BATCH_GZIP, gzip, sizeof gzip},
    {BATCH_SNAPPY, snappy_raw, sizeof snappy_raw},
    {BATCH_SNAPPY, snappy_framed, sizeof snappy_framed},
    {BATCH_LZ4, lz4, sizeof lz4},
    {BATCH_ZSTD, zstd, sizeof zstd},
};

static enum err decompress(enum batch_codec codec, const void *bytes, size_t size,
                           struct codec_buffer *out)
{
    struct error error = {.text = ""};
    enum err err = codec_decompress(codec, bytes, size, codec_limit(size), out, &error);

    ck_assert_int_eq(err != ERR_OK, error.text[0] != '\0');
    return err;
}

static void expect(const struct codec_buffer *buffer, const void *bytes, size_t size)
{
    ck_assert_uint_eq(buffer->size, size);
    if (size > 0)
        ck_assert_mem_eq(buffer->bytes, bytes, size);
}

START_TEST(what_other_programs_compressed_is_read)
{
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        AUTO(codec_buffer_done) struct codec_buffer out = {0};
        ck_assert_int_eq(decompress(vectors[i].codec, vectors[i].bytes, vectors[i].size, &out),
                         ERR_OK);
        expect(&out, text, sizeof text - 1);
    }
}
END_TEST

START_TEST(two_streams_one_behind_the_other_are_one)
{
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        AUTO(codec_buffer_done) struct codec_buffer in = {0};
        AUTO(codec_buffer_done) struct codec_buffer out = {0};
        if (vectors[i].bytes == snappy_raw)
            continue; /* it has no end of its own */
        codec_buffer_add(&in, vectors[i].bytes, vectors[i].size);
        codec_buffer_add(&in, vectors[i].bytes, vectors[i].size);
        ck_assert_int_eq(decompress(vectors[i].codec, in.bytes, in.size, &out), ERR_OK);
        ck_assert_uint_eq(out.size, 2 * (sizeof text - 1));
        ck_assert_mem_eq(out.bytes + sizeof text - 1, text, sizeof text - 1);
    }
}
END_TEST

/* Runs of equal bytes, and noise. */
static unsigned char *make_bytes(struct rng *rng, size_t size)
{
    unsigned char *bytes = mem_alloc(size);

    for (size_t at = 0; at < size;) {
        size_t run = 1 + rng_below(rng, 60);
        bool is_noise = rng_below(rng, 2) == 0;
        unsigned char byte = (unsigned char)rng_next(rng);
        for (; run > 0 && at < size; run--)
            bytes[at++] = is_noise ? (unsigned char)rng_next(rng) : byte;
    }
    return bytes;
}

START_TEST(what_is_compressed_comes_back_whatever_its_size)
{
    static const size_t sizes[] = {0, 1, 100, 4095, 4096, 32768, 32769, 65536, 100000, 1000003};
    struct rng rng;

    rng_init(&rng, 7);
    for (size_t i = 0; i < COUNT_OF(sizes) * COUNT_OF(codecs); i++) {
        size_t size = sizes[i / COUNT_OF(codecs)];
        enum batch_codec codec = codecs[i % COUNT_OF(codecs)];
        AUTO(codec_buffer_done) struct codec_buffer packed = {0};
        AUTO(codec_buffer_done) struct codec_buffer out = {0};
        unsigned char *bytes = make_bytes(&rng, size);

        codec_buffer_add(&out, "before", 6);
        ck_assert_int_eq(codec_compress(codec, bytes, size, &packed, NULL), ERR_OK);
        ck_assert_int_eq(decompress(codec, packed.bytes, packed.size, &out), ERR_OK);
        ck_assert_uint_eq(out.size, size + 6);
        ck_assert_mem_eq(out.bytes, "before", 6);
        ck_assert(size == 0 || memcmp(out.bytes + 6, bytes, size) == 0);
        free(bytes);
    }
}
END_TEST

START_TEST(java_reads_our_lz4_and_everybody_our_snappy)
{
    AUTO(codec_buffer_done) struct codec_buffer out = {0};

    ck_assert_int_eq(codec_compress(BATCH_LZ4, text, sizeof text - 1, &out, NULL), ERR_OK);
    ck_assert_uint_eq(out.bytes[4] & 0x20, 0x20); /* its blocks are independent */
    out.size = 0;
    ck_assert_int_eq(codec_compress(BATCH_SNAPPY, text, sizeof text - 1, &out, NULL), ERR_OK);
    ck_assert_mem_eq(out.bytes, snappy_framed, 16);
}
END_TEST

START_TEST(a_stream_that_ends_early_is_refused)
{
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        for (size_t size = 0; size < vectors[i].size; size++) {
            AUTO(codec_buffer_done) struct codec_buffer out = {0};
            bool is_empty_frame = vectors[i].bytes == snappy_framed && size == 16;
            unsigned char *copy = mem_alloc(size); /* so that a read behind it is seen */
            if (size > 0)
                memcpy(copy, vectors[i].bytes, size);
            enum err err = decompress(vectors[i].codec, copy, size, &out);
            ck_assert_int_eq(err, is_empty_frame ? ERR_OK : ERR_CORRUPT);
            free(copy);
        }
    }
}
END_TEST

START_TEST(a_stream_with_a_changed_byte_is_refused_or_read_within_its_limit)
{
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        for (size_t at = 0; at < vectors[i].size * 255; at++) {
            AUTO(codec_buffer_done) struct codec_buffer out = {0};
            unsigned char *copy = mem_alloc(vectors[i].size);
            memcpy(copy, vectors[i].bytes, vectors[i].size);
            copy[at / 255] ^= (unsigned char)(1 + at % 255);
            (void)decompress(vectors[i].codec, copy, vectors[i].size, &out);
            ck_assert_uint_le(out.size, codec_limit(vectors[i].size));
            free(copy);
        }
    }
}
END_TEST

START_TEST(a_limit_is_met_to_the_byte)
{
    for (size_t i = 0; i < COUNT_OF(codecs); i++) {
        AUTO(codec_buffer_done) struct codec_buffer packed = {0};
        AUTO(codec_buffer_done) struct codec_buffer out = {0};
        unsigned char *zeros = mem_alloc(100000);
        ck_assert_int_eq(codec_compress(codecs[i], zeros, 100000, &packed, NULL), ERR_OK);
        ck_assert_int_eq(codec_decompress(codecs[i], packed.bytes, packed.size, 100000, &out, NULL),
                         ERR_OK);
        ck_assert_uint_eq(out.size, 100000);
        out.size = 0;
        ck_assert_int_eq(codec_decompress(codecs[i], packed.bytes, packed.size, 99999, &out, NULL),
                         ERR_LIMIT);
        free(zeros);
    }
}
END_TEST

START_TEST(a_bomb_is_refused_before_it_is_large)
{
    static const enum batch_codec bombs[] = {BATCH_GZIP, BATCH_ZSTD, BATCH_LZ4};
    size_t size = CODEC_BYTES_LEAST + 1;
    unsigned char *zeros = mem_alloc(size);

    for (size_t i = 0; i < COUNT_OF(bombs); i++) {
        AUTO(codec_buffer_done) struct codec_buffer packed = {0};
        AUTO(codec_buffer_done) struct codec_buffer out = {0};
        ck_assert_int_eq(codec_compress(bombs[i], zeros, size, &packed, NULL), ERR_OK);
        size_t limit = codec_limit(packed.size);
        enum err err = decompress(bombs[i], packed.bytes, packed.size, &out);
        ck_assert_int_eq(err, size > limit ? ERR_LIMIT : ERR_OK);
        ck_assert_uint_le(out.size, limit);
        ck_assert_uint_le(out.capacity, 2 * limit);
    }
    free(zeros);
}
END_TEST

START_TEST(a_snappy_block_that_claims_much_is_refused_unread)
{
    static const unsigned char claim[] = {0xff, 0xff, 0xff, 0xff, 0x0f, 0x00};
    AUTO(codec_buffer_done) struct codec_buffer out = {0};

    ck_assert_int_eq(decompress(BATCH_SNAPPY, claim, sizeof claim, &out), ERR_LIMIT);
    ck_assert_uint_eq(out.capacity, 0);
}
END_TEST

START_TEST(limits_follow_the_size)
{
    ck_assert_uint_eq(codec_limit(0), CODEC_BYTES_LEAST);
    ck_assert_uint_eq(codec_limit(100), CODEC_BYTES_LEAST);
    ck_assert_uint_eq(codec_limit(50000), 50000000);
    ck_assert_uint_eq(codec_limit(1 << 20), CODEC_BYTES_MAX);
    ck_assert_uint_eq(codec_limit(SIZE_MAX), CODEC_BYTES_MAX);
}
END_TEST

START_TEST(a_codec_that_does_not_exist_is_said_to_be_none)
{
    AUTO(codec_buffer_done) struct codec_buffer out = {0};

    ck_assert_int_eq(decompress((enum batch_codec)5, text, 10, &out), ERR_UNSUPPORTED);
    ck_assert_int_eq(codec_compress((enum batch_codec)7, text, 10, &out, NULL), ERR_UNSUPPORTED);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_other_programs_compressed_is_read,
        two_streams_one_behind_the_other_are_one,
        what_is_compressed_comes_back_whatever_its_size,
        java_reads_our_lz4_and_everybody_our_snappy,
        a_stream_that_ends_early_is_refused,
        a_stream_with_a_changed_byte_is_refused_or_read_within_its_limit,
        a_limit_is_met_to_the_byte,
        a_bomb_is_refused_before_it_is_large,
        a_snappy_block_that_claims_much_is_refused_unread,
        limits_follow_the_size,
        a_codec_that_does_not_exist_is_said_to_be_none,
    };
    return suite_run("codec", tests, COUNT_OF(tests));
}
