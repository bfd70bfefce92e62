/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Java's String.hashCode() over UTF-8: it counts in UTF-16, so a character beyond the first 65536 is two units.
 */
#include "broker/group/groups.h"

struct cursor {
    const unsigned char *at;
    const unsigned char *end;
};

/* The next character; what is not UTF-8 is U+FFFD, a byte at a time, as Java decodes it. */
static uint32_t next(struct cursor *cursor)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    uint32_t first = *cursor->at++;
    uint32_t more = 0;

    if (first < 0x80)
        return first;
    if (first >= 0xC0)
        more = first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    if (more == 0 || first >= 0xF8 || (size_t)(cursor->end - cursor->at) < more)
        return 0xFFFD;
    uint32_t character = first & (0x3FU >> more);
    for (uint32_t i = 0; i < more; i++) {
        if ((cursor->at[i] & 0xC0U) != 0x80)
            return 0xFFFD;
        character = character << 6 | (cursor->at[i] & 0x3FU);
    }
    if (character < least[more] || character > 0x10FFFF)
        return 0xFFFD;
    cursor->at += more;
    return character;
}

int32_t groups_partition_of(struct kafka_string group)
{
    const unsigned char *data = (const unsigned char *)group.data;
    struct cursor cursor = {data, group.length > 0 ? data + group.length : data};
    uint32_t hash = 0;

    while (cursor.at < cursor.end) {
        uint32_t character = next(&cursor);
        if (character >= 0x10000) {
            hash = hash * 31 + (0xD800 + ((character - 0x10000) >> 10));
            character = 0xDC00 + ((character - 0x10000) & 0x3FF);
        }
        hash = hash * 31 + character;
    }
    if (hash == UINT32_C(0x80000000))
        return 0; /* which has no positive */
    uint32_t positive = hash > INT32_MAX ? 0 - hash : hash;
    return (int32_t)(positive % GROUPS_PARTITIONS);
}
