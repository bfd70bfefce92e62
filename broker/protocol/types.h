/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values that Kafka's messages are made of, as C sees them. They borrow: decoded ones from the frame,
 * those to be encoded from whoever made them. Pure; any thread.
 */
#ifndef BROKER_PROTOCOL_TYPES_H
#define BROKER_PROTOCOL_TYPES_H

#include <stddef.h>
#include <stdint.h>

struct file;

enum {
    KAFKA_NULL = -1, /* the length of a text, of bytes, or a count, that is null */
    KAFKA_UUID_SIZE = 16,
};

/* Text without a NUL behind it; length KAFKA_NULL is null. */
struct kafka_string {
    const char *data;
    int32_t length;
};

struct kafka_bytes {
    const unsigned char *data;
    int32_t length;
};

struct kafka_uuid {
    unsigned char bytes[KAFKA_UUID_SIZE];
};

/* Record batches: bytes when they come; when they go, a piece of a file that is sent without being
 * copied (file is not NULL), or bytes. */
struct kafka_records {
    const unsigned char *data;
    int32_t length;
    struct file *file; /* a reference, which the encoder hands on with the piece */
    uint64_t position;
};

#define KAFKA_STRING_NULL ((struct kafka_string){NULL, KAFKA_NULL})

#endif
