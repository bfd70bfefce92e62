/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/crc32c.h"
#include "base/mem.h"
#include "broker/log/segment.h"

enum {
    BUFFER_FIRST = 4096, /* a lookup seldom needs more */
    MAGIC_AT = 16,
    EFFORT = 4, /* a search for the next batch sums so many times the bytes that it searches */
};

void segment_scan_init(struct segment_scan *scan, struct file *file, int64_t base_offset,
                       uint64_t limit, enum segment_check check)
{
    *scan = (struct segment_scan){
        .file = file,
        .limit = limit,
        .base_offset = base_offset,
        .next_offset = base_offset,
        .offset_limit = INT64_MAX,
        .check = check,
    };
}

void segment_scan_done(struct segment_scan *scan)
{
    free(scan->buffer);
    scan->buffer = NULL;
}

static void enlarge(struct segment_scan *scan)
{
    size_t capacity = scan->buffer_capacity == 0 ? BUFFER_FIRST : 2 * scan->buffer_capacity;

    if (capacity > SEGMENT_SCAN_BUFFER_MAX)
        return;
    free(scan->buffer);
    scan->buffer = mem_alloc(capacity);
    scan->buffer_capacity = capacity;
}

/* Makes the buffer hold at least `size` bytes at `at`, which are below the limit, and as many more as there are.
 * Returns where they are, and how many, in *ret_size. ERR_CORRUPT: the file is shorter than it was. */
static enum err fill(struct segment_scan *scan, uint64_t at, size_t size,
                     const unsigned char **ret_bytes, size_t *ret_size, struct error *error)
{
    ASSERT(size <= BUFFER_FIRST);
    if (at < scan->buffer_at || at + size > scan->buffer_at + scan->buffer_size) {
        uint64_t left = scan->limit - at;

        enlarge(scan);
        scan->buffer_size = 0;
        scan->buffer_at = at;
        enum err err = scan->file->operations->read(
            scan->file, at, scan->buffer,
            left < scan->buffer_capacity ? (size_t)left : scan->buffer_capacity, &scan->buffer_size,
            error);
        if (err != ERR_OK) {
            scan->buffer_size = 0;
            return err;
        }
        scan->bytes_read += scan->buffer_size;
        if (scan->buffer_size < size)
            return error_set(error, ERR_CORRUPT, "the file ends before position %llu",
                             (unsigned long long)at + size);
    }
    *ret_bytes = scan->buffer + (at - scan->buffer_at);
    *ret_size = scan->buffer_size - (size_t)(at - scan->buffer_at);
    return ERR_OK;
}

/* Whether a batch with this head can stand here: offsets grow, and fit the segment's indexes. */
static bool fits(const struct segment_scan *scan, const struct batch_head *head)
{
    return head->base_offset >= scan->next_offset && head->base_offset >= scan->base_offset &&
           head->base_offset - scan->base_offset <= INT32_MAX && head->last_offset_delta >= 0 &&
           head->last_offset_delta <= INT32_MAX - (head->base_offset - scan->base_offset) &&
           head->last_offset_delta < scan->offset_limit - head->base_offset &&
           head->record_count >= 0;
}

static enum err read_head(struct segment_scan *scan, uint64_t at, struct batch_head *ret_head,
                          struct error *error)
{
    const unsigned char *bytes;
    size_t size;

    if (scan->limit - at < BATCH_HEAD_SIZE)
        return error_set(error, ERR_CORRUPT, "a batch ends too early");
    enum err err = fill(scan, at, BATCH_HEAD_SIZE, &bytes, &size, error);
    if (err != ERR_OK)
        return err;

    uint64_t left = scan->limit - at;
    struct batch_head head;
    err = batch_read_head(bytes, size, left < UINT32_MAX ? (uint32_t)left : UINT32_MAX, &head);
    if (err == ERR_CORRUPT || !fits(scan, &head))
        return error_set(error, ERR_CORRUPT, "no batch begins there");
    *ret_head = head;
    return ERR_OK;
}

static enum err check_sum(struct segment_scan *scan, uint64_t at, const struct batch_head *head,
                          struct error *error)
{
    uint64_t end = at + head->size;
    uint32_t crc = 0;

    for (at += BATCH_CRC_FROM; at < end;) {
        const unsigned char *bytes;
        size_t size;
        enum err err = fill(scan, at, 1, &bytes, &size, error);
        if (err != ERR_OK)
            return err;
        if (size > end - at)
            size = (size_t)(end - at);
        crc = crc32c_extend(crc, bytes, size);
        at += size;
    }
    return crc == head->crc ? ERR_OK : error_set(error, ERR_CORRUPT, "a checksum is wrong");
}

/* Damage to the offset of a batch, which lies outside its checksum, or to its delta, can look like a gap, as
 * compaction leaves them, and behind it nothing would fit any more. What follows tells: it would begin before the end
 * of this one. */
static bool is_plausible(struct segment_scan *scan, uint64_t at, const struct batch_head *head)
{
    const unsigned char *bytes;
    struct batch_head next;
    struct error ignored;
    size_t size;

    if (head->base_offset == scan->next_offset && head->last_offset_delta == head->record_count - 1)
        return true;
    if (scan->is_dense && head->base_offset != scan->next_offset)
        return false;
    at += head->size;
    if (scan->limit - at < BATCH_HEAD_SIZE ||
        fill(scan, at, BATCH_HEAD_SIZE, &bytes, &size, &ignored) != ERR_OK ||
        batch_read_head(bytes, size, UINT32_MAX, &next) == ERR_CORRUPT)
        return true;
    return next.base_offset < scan->next_offset || next.base_offset > batch_last_offset(head);
}

static void step_over(struct segment_scan *scan, const struct batch_head *head)
{
    scan->before = *head;
    scan->position_before = scan->position;
    scan->position += head->size;
    scan->next_offset = batch_last_offset(head) + 1;
}

/* Where no batch begins, the length of the one before may be what is wrong. */
static void doubt_before(struct segment_scan *scan)
{
    struct error ignored;

    if (scan->before.size == 0 || scan->check == SEGMENT_CHECK_ALL ||
        check_sum(scan, scan->position_before, &scan->before, &ignored) != ERR_CORRUPT)
        return;
    scan->position = scan->position_before;
    scan->next_offset = scan->before.base_offset;
    scan->before.size = 0;
}

enum err segment_scan_next(struct segment_scan *scan, struct batch_head *ret_head,
                           uint64_t *ret_position, struct error *error)
{
    struct batch_head head;

    if (scan->position >= scan->limit)
        return error_set(error, ERR_NOT_FOUND, "the end is reached");

    uint64_t position = scan->position;
    enum err err = read_head(scan, position, &head, error);
    if (err == ERR_OK && !is_plausible(scan, position, &head))
        err = error_set(error, ERR_CORRUPT, "the offset of a batch is damaged");
    if (err == ERR_OK && scan->check == SEGMENT_CHECK_ALL)
        err = check_sum(scan, position, &head, error);
    if (err == ERR_CORRUPT) {
        doubt_before(scan);
        return error_set(error, ERR_CORRUPT, "no whole batch at position %llu",
                         (unsigned long long)scan->position);
    }
    if (err != ERR_OK)
        return err;
    step_over(scan, &head);
    *ret_head = head;
    *ret_position = position;
    return ERR_OK;
}

/* Moves *at to where the next head with the right magic could begin; false: none up to the limit. */
static bool find_candidate(struct segment_scan *scan, uint64_t *at, enum err *ret_err,
                           struct error *error)
{
    while (scan->limit - *at >= BATCH_HEAD_SIZE) {
        const unsigned char *bytes;
        size_t size;

        *ret_err = fill(scan, *at + MAGIC_AT, 1, &bytes, &size, error);
        if (*ret_err != ERR_OK)
            return false;
        const unsigned char *magic = memchr(bytes, BATCH_MAGIC, size);
        if (magic != NULL) {
            *at += (uint64_t)(magic - bytes);
            return scan->limit - *at >= BATCH_HEAD_SIZE;
        }
        *at += size;
    }
    return false;
}

/* Bytes that a producer chose may look like the head of a batch again and again, each with a long sum: so what
 * is spent on sums is bounded. */
enum err segment_scan_resume(struct segment_scan *scan, int64_t *ret_offset, struct error *error)
{
    uint64_t effort = EFFORT * (scan->limit - scan->position) + SEGMENT_SCAN_BUFFER_MAX;
    uint64_t at = scan->position;
    enum err err = ERR_OK;

    while (scan->limit - at > BATCH_HEAD_SIZE) {
        struct batch_head head;

        at++;
        if (!find_candidate(scan, &at, &err, error))
            break;
        err = read_head(scan, at, &head, error);
        if (err == ERR_OK) {
            if (head.size > effort)
                break;
            effort -= head.size;
            err = check_sum(scan, at, &head, error);
        }
        if (err == ERR_OK) {
            scan->before.size = 0;
            scan->position = at;
            scan->next_offset = head.base_offset;
            *ret_offset = head.base_offset;
            return ERR_OK;
        }
        if (err != ERR_CORRUPT)
            return err;
    }
    if (err != ERR_OK && err != ERR_CORRUPT)
        return err;
    return error_set(error, ERR_NOT_FOUND, "nothing whole comes after it");
}
