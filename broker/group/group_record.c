/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/group/group_record.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/group/value.h"

enum {
    KEY_OF_OFFSET = 1, /* 0 is the same layout */
    KEY_OF_GROUP = 2,
    VALUE_WITH_EXPIRY = 1,
    VALUE = 3,
    MEMBER_SIZE_MIN = 3 * 2 + 4 + 2 * 4, /* of version 0 */
};

/* ---- reading ------------------------------------------------------------------------------- */

/* Once something did not fit, all that follows is nothing. */
struct reader {
    const unsigned char *data;
    int32_t size;
    bool is_broken;
};

static const unsigned char *take(struct reader *reader, int32_t size)
{
    if (reader->is_broken || size > reader->size) {
        reader->is_broken = true;
        return NULL;
    }
    const unsigned char *data = reader->data;
    reader->data += size;
    reader->size -= size;
    return data;
}

static int64_t take_number(struct reader *reader, int32_t size)
{
    const unsigned char *data = take(reader, size);

    if (data == NULL)
        return 0;
    uint64_t value = (data[0] & 0x80) != 0 ? UINT64_MAX : 0;
    for (int32_t i = 0; i < size; i++)
        value = value << 8 | data[i];
    return (int64_t)value;
}

static int16_t take_i16(struct reader *reader)
{
    return (int16_t)take_number(reader, 2);
}

static int32_t take_i32(struct reader *reader)
{
    return (int32_t)take_number(reader, 4);
}

static int64_t take_i64(struct reader *reader)
{
    return take_number(reader, 8);
}

static struct kafka_string take_optional_string(struct reader *reader)
{
    int32_t length = take_i16(reader);

    if (length < 0)
        return KAFKA_STRING_NULL;
    const unsigned char *data = take(reader, length);
    return data == NULL ? KAFKA_STRING_NULL : (struct kafka_string){(const char *)data, length};
}

static struct kafka_string take_string(struct reader *reader)
{
    struct kafka_string string = take_optional_string(reader);

    if (string.length < 0)
        reader->is_broken = true;
    return string;
}

static struct kafka_bytes take_bytes(struct reader *reader)
{
    int32_t length = take_i32(reader);
    const unsigned char *data = length < 0 ? NULL : take(reader, length);

    if (data == NULL) {
        reader->is_broken = true;
        return (struct kafka_bytes){NULL, KAFKA_NULL};
    }
    return (struct kafka_bytes){data, length};
}

static bool is_at_end(const struct reader *reader)
{
    return !reader->is_broken && reader->size == 0;
}

bool group_record_decode_key(struct kafka_bytes key, struct group_record_key *ret_key)
{
    struct reader reader = {.data = key.data, .size = key.length, .is_broken = key.length < 0};
    int16_t version = take_i16(&reader);
    struct group_record_key found = {.is_offset = version >= 0 && version <= KEY_OF_OFFSET};

    if (!found.is_offset && version != KEY_OF_GROUP)
        return false;
    found.group = take_string(&reader);
    if (found.is_offset) {
        found.topic = take_string(&reader);
        found.partition = take_i32(&reader);
    }
    if (!is_at_end(&reader) || found.partition < 0)
        return false;
    *ret_key = found;
    return true;
}

bool group_record_decode_offset(struct kafka_bytes value, struct group_record_offset *ret_offset)
{
    struct reader reader = {
        .data = value.data, .size = value.length, .is_broken = value.length < 0};
    int16_t version = take_i16(&reader);
    struct group_record_offset found = {.leader_epoch = -1, .expire_ms = -1};

    if (version < 0 || version > VALUE)
        return false;
    found.offset = take_i64(&reader);
    if (version >= 3)
        found.leader_epoch = take_i32(&reader);
    found.metadata = take_string(&reader);
    found.commit_ms = take_i64(&reader);
    if (version == VALUE_WITH_EXPIRY)
        found.expire_ms = take_i64(&reader);
    if (!is_at_end(&reader))
        return false;
    *ret_offset = found;
    return true;
}

static struct group_record_member take_member(struct reader *reader, int16_t version)
{
    struct group_record_member member = {.instance_id = KAFKA_STRING_NULL};

    member.id = take_string(reader);
    if (version >= 3)
        member.instance_id = take_optional_string(reader);
    member.client_id = take_string(reader);
    member.client_host = take_string(reader);
    member.rebalance_ms = version >= 1 ? take_i32(reader) : 0;
    member.session_ms = take_i32(reader);
    if (version == 0)
        member.rebalance_ms = member.session_ms;
    member.subscription = take_bytes(reader);
    member.assignment = take_bytes(reader);
    return member;
}

bool group_record_decode_group(struct kafka_bytes value, struct group_record_group *ret_group)
{
    struct reader reader = {
        .data = value.data, .size = value.length, .is_broken = value.length < 0};
    int16_t version = take_i16(&reader);
    struct group_record_group found = {.state_ms = -1};

    if (version < 0 || version > VALUE)
        return false;
    found.protocol_type = take_string(&reader);
    found.generation = take_i32(&reader);
    found.protocol = take_optional_string(&reader);
    found.leader = take_optional_string(&reader);
    if (version >= 2)
        found.state_ms = take_i64(&reader);
    found.member_count = take_i32(&reader);
    if (reader.is_broken || found.generation < 0 || found.member_count < 0 ||
        found.member_count > reader.size / MEMBER_SIZE_MIN)
        return false;
    found.members = NEW_ARRAY(struct group_record_member, (size_t)found.member_count);
    for (int32_t i = 0; i < found.member_count; i++)
        found.members[i] = take_member(&reader, version);
    if (!is_at_end(&reader)) {
        free(found.members);
        return false;
    }
    *ret_group = found;
    return true;
}

/* ---- writing ------------------------------------------------------------------------------- */

static void put_number(struct text *out, int64_t number, size_t size)
{
    unsigned char bytes[8];

    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)((uint64_t)number >> (8 * (size - 1 - i)));
    text_add_bytes(out, bytes, size);
}

static void put_string(struct text *out, struct kafka_string string)
{
    ASSERT(string.length <= INT16_MAX);
    put_number(out, string.length < 0 ? KAFKA_NULL : string.length, 2);
    if (string.length > 0)
        text_add_bytes(out, string.data, (size_t)string.length);
}

/* For texts that may not be null. */
static void put_whole_string(struct text *out, struct kafka_string string)
{
    put_string(out, string.length < 0 ? value_of_text("") : string);
}

static void put_bytes(struct text *out, struct kafka_bytes bytes)
{
    put_number(out, bytes.length < 0 ? 0 : bytes.length, 4);
    if (bytes.length > 0)
        text_add_bytes(out, bytes.data, (size_t)bytes.length);
}

void group_record_encode_key(struct text *out, const struct group_record_key *key)
{
    put_number(out, key->is_offset ? KEY_OF_OFFSET : KEY_OF_GROUP, 2);
    put_whole_string(out, key->group);
    if (key->is_offset) {
        put_whole_string(out, key->topic);
        put_number(out, key->partition, 4);
    }
}

void group_record_encode_offset(struct text *out, const struct group_record_offset *offset)
{
    bool has_expiry = offset->expire_ms >= 0;

    put_number(out, has_expiry ? VALUE_WITH_EXPIRY : VALUE, 2);
    put_number(out, offset->offset, 8);
    if (!has_expiry)
        put_number(out, offset->leader_epoch, 4);
    put_whole_string(out, offset->metadata);
    put_number(out, offset->commit_ms, 8);
    if (has_expiry)
        put_number(out, offset->expire_ms, 8);
}

static void put_member(struct text *out, const struct group_record_member *member)
{
    put_whole_string(out, member->id);
    put_string(out, member->instance_id);
    put_whole_string(out, member->client_id);
    put_whole_string(out, member->client_host);
    put_number(out, member->rebalance_ms, 4);
    put_number(out, member->session_ms, 4);
    put_bytes(out, member->subscription);
    put_bytes(out, member->assignment);
}

void group_record_encode_group(struct text *out, const struct group_record_group *group)
{
    put_number(out, VALUE, 2);
    put_whole_string(out, group->protocol_type);
    put_number(out, group->generation, 4);
    put_string(out, group->protocol);
    put_string(out, group->leader);
    put_number(out, group->state_ms, 8);
    put_number(out, group->member_count, 4);
    for (int32_t i = 0; i < group->member_count; i++)
        put_member(out, &group->members[i]);
}
