/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What workers send each other: frames, each with a head of 32 bytes, little-endian.
 *
 *      0  u8   version     FRAME_VERSION
 *      1  u8   kind        enum frame_kind
 *      2  u16  loop        DATA: the receiver's loop; else 0
 *      4  u32  0
 *      8  u64  assignment  version of the assignment that the sender goes by
 *     16  u64  link        epoch of the channel that the frame belongs to, or speaks of
 *     24  u64  sequence    see below
 *
 * A channel leads one way, from one incarnation of a worker to one of another; its sender draws the
 * epoch. Down the channel go
 *
 *     HELLO    sequence: of the last DATA sent; the payload says who the sender is (struct
 *              frame_hello)
 *     DATA     sequence 1, 2, ...; the payload is a block (wire/block.h), head first
 *     BEAT     sequence: of the last DATA sent. No payload
 *     BYE      the same; nothing more will be sent
 *     TALK     sequence 0; the payload belongs to worker/ (who ends a run, and when). May be lost
 *
 * and back, over the channel's own opposite,
 *
 *     WELCOME  the HELLO is accepted; sequence: of the last DATA received in a row. No payload
 *     REFUSE   it is not; the payload is one u64, enum frame_refusal
 *     CREDIT   the payload is { u64 sequence } of blocks that were read, at most FRAME_CREDITS_MAX
 *     STATE    sequence: of the last DATA received in a row; the payload is { u64 sequence } of those
 *              that were received and not yet read, ascending: all others up to `sequence` were
 *              read. The answer to a BEAT. Its list never holds more than FRAME_CREDITS_MAX
 *     AGAIN    sequence: as STATE. DATA after it is missing: one came too early, or a BEAT or BYE
 *              says so. No payload
 *     GONE     the answer to BYE, when all was received. No payload
 *
 * Pure.
 */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"

#define FRAME_VERSION     1
#define FRAME_CREDITS_MAX 65536u /* sequences in a CREDIT or STATE */
#define FRAME_NAME_MAX    128u   /* bytes of an id in a HELLO */
#define FRAME_TALK_MAX    4096u  /* bytes of the payload of a TALK */

enum frame_kind {
    FRAME_HELLO = 1,
    FRAME_DATA = 2,
    FRAME_BEAT = 3,
    FRAME_BYE = 4,
    FRAME_TALK = 5,
    FRAME_WELCOME = 6,
    FRAME_REFUSE = 7,
    FRAME_CREDIT = 8,
    FRAME_STATE = 9,
    FRAME_GONE = 10,
    FRAME_AGAIN = 11,
};

enum frame_refusal {
    FRAME_NOT_ASSIGNED = 1, /* the receiver's assignment, which is not older, has no such worker */
    FRAME_STALE = 2,        /* a later incarnation of the sender is known */
    FRAME_NOT_ME = 3,       /* the HELLO was for another incarnation of the receiver */
    FRAME_NO_LINK = 4,      /* the HELLO goes on with a channel that the receiver does not know */
};

struct frame_head {
    uint8_t version;
    uint8_t kind;
    uint16_t loop;
    uint32_t zero;
    uint64_t assignment;
    uint64_t link;
    uint64_t sequence;
};

_Static_assert(sizeof(struct frame_head) == 32, "a frame's head takes 32 bytes");

/* Payload of HELLO:
 *      0  u64  incarnation of the sender
 *      8  u64  incarnation of the receiver, as the sender knows it
 *     16  u32  the sender's slot
 *     20  u16  bytes of the topology's id       22  u16  bytes of the supervisor's id
 *     24  the topology's id, the supervisor's id: no ends, no padding */
struct frame_hello {
    uint64_t from_incarnation;
    uint64_t to_incarnation;
    uint32_t slot;
    char topology[FRAME_NAME_MAX + 1];
    char supervisor[FRAME_NAME_MAX + 1];
};

/* A frame taken apart; borrows from its bytes. The bytes need no alignment. */
struct frame_view {
    struct frame_head head;
    const uint8_t *payload;
    size_t size; /* of the payload */
};

/* False unless `size` bytes are a whole frame of a known kind whose payload has a size that the kind
 * can have. What a HELLO or a block says is checked further by its own function. */
bool frame_read(const void *bytes, size_t size, struct frame_view *ret_view) MUST_USE;

/* False if it is not one, or a name is empty, too long or holds a zero byte. */
bool frame_read_hello(const struct frame_view *view, struct frame_hello *ret_hello) MUST_USE;

/* The sequence at `index` of a CREDIT or STATE; index < size / 8. */
uint64_t frame_sequence(const struct frame_view *view, size_t index);

enum {
    FRAME_HELLO_BYTES_MAX = 24 + 2 * FRAME_NAME_MAX,
};

/* Writes the payload of a HELLO and returns its size. */
size_t frame_write_hello(const struct frame_hello *hello, uint8_t bytes[FRAME_HELLO_BYTES_MAX]);

const char *frame_refusal_text(enum frame_refusal refusal); /* for people; "unknown reason" */

#endif
