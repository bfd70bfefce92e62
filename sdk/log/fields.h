/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a record of the log to a record struct of a stream, field by field, by their names:
 *
 *     value or text   the record's value             str or bytes
 *     key             its key                        str or bytes
 *     topic           where it comes from            str
 *     partition, offset                              i64 or u64
 *     timestamp_ms    since 1970                     i64 or u64
 *
 * With format json the value is an object, and every other name is one of its members. A nullable field
 * is null where there is nothing; one that is not is empty if the record has no key or value, and makes
 * a record undecodable whose object has no such member.
 *
 * Texts in the struct are borrowed from the record, or from `fields` until the next call. Pure.
 */
#ifndef SDK_LOG_FIELDS_H
#define SDK_LOG_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include <gale/types.h>
#include <jansson.h>

#include "base/err.h"

enum fields_format {
    FIELDS_RAW = 1, /* any bytes, not looked at */
    FIELDS_TEXT,    /* UTF-8 */
    FIELDS_JSON,
};

/* A record of the log; borrowed. */
struct fields_record {
    const char *key; /* NULL: none */
    size_t key_size;
    const char *value; /* NULL: a tombstone */
    size_t value_size;
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms;
};

enum fields_source {
    FIELDS_VALUE = 1,
    FIELDS_KEY,
    FIELDS_TOPIC,
    FIELDS_PARTITION,
    FIELDS_OFFSET,
    FIELDS_TIMESTAMP,
    FIELDS_MEMBER,
};

struct fields_item {
    enum fields_source source;
    enum gale_kind kind; /* without GALE_KIND_NULLABLE */
    bool is_nullable;
    uint32_t offset; /* in the struct */
    const char *name;
};

struct fields {
    enum fields_format format;
    bool has_members;
    uint32_t count;
    struct fields_item items[GALE_FIELDS_MAX];
    json_t *object; /* the last one decoded; texts are borrowed from it */
    char *bytes;    /* of members that are bytes, one after the other */
    size_t bytes_used;
    size_t bytes_capacity;
};

/* Errors: a field of a name that means nothing, or of a kind that cannot hold what it means; a stream
 * without a struct. The stream is borrowed for life. */
enum err fields_init(const struct gale_stream *stream, enum fields_format format,
                     struct fields *ret_fields, struct error *error) MUST_USE;
void fields_done(struct fields *fields);

/* Fills the stream's struct. Error: the record does not decode, with why. */
enum err fields_decode(struct fields *fields, const struct fields_record *record, void *ret_struct,
                       struct error *error) MUST_USE;

#endif
