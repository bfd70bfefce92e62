/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/server/catalog_id.h"

#include <stdint.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

enum {
    DIGIT_BITS = 6,
    SPARE_BITS = CATALOG_ID_LENGTH * DIGIT_BITS - KAFKA_UUID_SIZE * 8, /* of the last digit: 0 */
};

/* The digits are the bits of the id, six at a time, with zeros behind the last. */
struct catalog_id_text catalog_id_write(const struct kafka_uuid *id)
{
    struct catalog_id_text text;
    uint32_t bits = 0;
    int held = 0;
    size_t next = 0;

    for (size_t i = 0; i < CATALOG_ID_LENGTH; i++) {
        if (held < DIGIT_BITS) {
            bits = bits << 8 | (next < KAFKA_UUID_SIZE ? id->bytes[next] : 0);
            next++;
            held += 8;
        }
        held -= DIGIT_BITS;
        text.text[i] = digits[bits >> held & 63];
    }
    text.text[CATALOG_ID_LENGTH] = '\0';
    return text;
}

bool catalog_id_read(struct kafka_string text, struct kafka_uuid *ret_id)
{
    struct kafka_uuid id;
    uint32_t bits = 0;
    int held = 0;
    size_t next = 0;

    if (text.length != CATALOG_ID_LENGTH)
        return false;
    for (size_t i = 0; i < CATALOG_ID_LENGTH; i++) {
        const char *digit = memchr(digits, text.data[i], sizeof digits - 1);

        if (digit == NULL)
            return false;
        bits = bits << DIGIT_BITS | (uint32_t)(digit - digits);
        held += DIGIT_BITS;
        if (held >= 8) {
            held -= 8;
            id.bytes[next++] = (unsigned char)(bits >> held & 0xff);
        }
    }
    if ((bits & ((1u << SPARE_BITS) - 1)) != 0)
        return false;
    *ret_id = id;
    return true;
}

struct kafka_uuid catalog_id_make(struct rng *rng)
{
    struct kafka_uuid id;

    do {
        for (size_t i = 0; i < KAFKA_UUID_SIZE; i += sizeof(uint64_t)) {
            uint64_t value = rng_next(rng);
            memcpy(id.bytes + i, &value, sizeof value);
        }
    } while (catalog_id_is_zero(&id) || catalog_id_write(&id).text[0] == '-');
    return id;
}

bool catalog_id_is_zero(const struct kafka_uuid *id)
{
    const struct kafka_uuid zero = {{0}};

    return catalog_id_equals(id, &zero);
}

bool catalog_id_equals(const struct kafka_uuid *one, const struct kafka_uuid *other)
{
    return memcmp(one->bytes, other->bytes, KAFKA_UUID_SIZE) == 0;
}
