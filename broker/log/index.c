/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/log/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/mem.h"

#define SEAL_MAGIC UINT64_C(0x6C61657378646967) /* "gidxseal" */

/* ---- the writer ---- */

void index_writer_init(struct index_writer *writer, int64_t base_offset, uint32_t interval_bytes)
{
    *writer = (struct index_writer){
        .base_offset = base_offset,
        .interval_bytes = interval_bytes,
        .seal = {.end_offset = base_offset,
                 .first_timestamp_ms = -1,
                 .max_timestamp_ms = -1,
                 .max_timestamp_offset = -1,
                 .touched_ms = -1,
                 .flushed_offset = base_offset},
        .last_time_ms = -1,
    };
}

void index_writer_resume(struct index_writer *writer, int64_t base_offset, uint32_t interval_bytes,
                         const struct index_seal *seal, unsigned seal_place)
{
    index_writer_init(writer, base_offset, interval_bytes);
    writer->seal_place = 1 - seal_place;
    writer->seal = *seal;
    writer->entry_written = seal->entry_count;
    writer->time_written = seal->time_count;
}

void index_writer_done(struct index_writer *writer)
{
    free(writer->entries);
    free(writer->times);
    *writer = (struct index_writer){0};
}

/* Twice as much, or what a first few need. */
static void *grow(void *array, uint32_t *capacity, size_t size)
{
    *capacity = *capacity == 0 ? 8 : 2 * *capacity;
    return mem_resize(array, *capacity, size);
}

static void add_entry(struct index_writer *writer, uint32_t relative, uint64_t position)
{
    uint32_t waiting = writer->seal.entry_count - writer->entry_written;

    if (waiting == writer->entry_capacity)
        writer->entries = grow(writer->entries, &writer->entry_capacity, sizeof *writer->entries);
    writer->last = (struct index_entry){relative, (uint32_t)position};
    writer->entries[waiting] = writer->last;
    writer->has_last = true;
    writer->seal.entry_count++;
}

/* Whether the batch at `position` gets an entry: the first, one that is far enough from the last, and one
 * behind bytes that are no batch. */
static bool is_due(const struct index_writer *writer, uint64_t position)
{
    return !writer->has_last || position != writer->seal.size ||
           position - writer->last.position >= writer->interval_bytes;
}

/* The timestamps so far are below the entry: whoever looks for a later one begins behind it. */
static void add_time(struct index_writer *writer)
{
    const struct index_seal *seal = &writer->seal;

    if (seal->max_timestamp_ms <= writer->last_time_ms)
        return;

    uint32_t waiting = seal->time_count - writer->time_written;
    if (waiting == writer->time_capacity)
        writer->times = grow(writer->times, &writer->time_capacity, sizeof *writer->times);
    writer->times[waiting] = (struct index_time_entry){
        seal->max_timestamp_ms, (uint32_t)(seal->max_timestamp_offset - writer->base_offset)};
    writer->last_time_ms = seal->max_timestamp_ms;
    writer->seal.time_count++;
}

void index_writer_note(struct index_writer *writer, const struct batch_head *head,
                       uint64_t position, int64_t now_ms)
{
    struct index_seal *seal = &writer->seal;

    if (is_due(writer, position)) {
        add_time(writer);
        add_entry(writer, (uint32_t)(head->base_offset - writer->base_offset), position);
    }
    if (seal->size == 0)
        seal->first_timestamp_ms = head->base_timestamp_ms;
    if (head->max_timestamp_ms > seal->max_timestamp_ms) {
        seal->max_timestamp_ms = head->max_timestamp_ms;
        seal->max_timestamp_offset = head->base_offset;
    }
    seal->touched_ms = now_ms;
    seal->end_offset = batch_last_offset(head) + 1;
    seal->size = position + head->size;
}

bool index_writer_find(const struct index_writer *writer, uint32_t relative,
                       struct index_entry *ret_floor)
{
    uint32_t low = 0; /* entries below are not above `relative` */
    uint32_t high = writer->seal.entry_count - writer->entry_written;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (writer->entries[middle].relative <= relative)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return false;
    *ret_floor = writer->entries[low - 1];
    return true;
}

bool index_writer_find_time(const struct index_writer *writer, int64_t timestamp_ms,
                            struct index_time_entry *ret_floor)
{
    uint32_t waiting = writer->seal.time_count - writer->time_written;

    while (waiting > 0 && writer->times[waiting - 1].timestamp_ms >= timestamp_ms)
        waiting--;
    if (waiting == 0)
        return false;
    *ret_floor = writer->times[waiting - 1];
    return true;
}

/* ---- to the files ---- */

static enum err open_to_write(struct files *files, const char *path, struct file **ret_file,
                              struct error *error)
{
    enum err err = files->operations->open(files, path, FILES_WRITE, ret_file, error);

    if (err == ERR_NOT_FOUND)
        err = files->operations->open(files, path, FILES_CREATE, ret_file, error);
    return err;
}

/* What is to be written into one of the files. */
struct portion {
    const char *path;
    unsigned char *bytes; /* freed by write_portion() */
    size_t size;
    uint64_t at;
    uint64_t kept; /* what of the file stays when it is cut for the first time */
};

/* A crash, or an earlier life, may have left more in the file than is known: the first time it is cut off. */
static enum err write_portion(const struct index_writer *writer, struct files *files,
                              const struct portion *portion, struct error *error)
{
    struct files_piece piece = {portion->bytes, portion->size};
    struct file *file;
    enum err err = open_to_write(files, portion->path, &file, error);

    if (err == ERR_OK) {
        if (!writer->is_open_ended)
            err = file->operations->truncate(file, portion->kept, error);
        if (err == ERR_OK && piece.size > 0)
            err = file->operations->write(file, portion->at, &piece, 1, error);
        file->operations->give(&file);
    }
    free(portion->bytes);
    return err;
}

static struct portion encode_entries(const struct index_writer *writer, const char *path)
{
    uint32_t count = writer->seal.entry_count - writer->entry_written;
    uint64_t at = (uint64_t)writer->entry_written * INDEX_ENTRY_SIZE;
    struct portion portion = {.path = path,
                              .bytes = mem_alloc((size_t)count * INDEX_ENTRY_SIZE),
                              .size = (size_t)count * INDEX_ENTRY_SIZE,
                              .at = at,
                              .kept = at};

    for (uint32_t i = 0; i < count; i++) {
        unsigned char *to = portion.bytes + (size_t)i * INDEX_ENTRY_SIZE;
        bytes_put_u32(to, writer->entries[i].relative);
        bytes_put_u32(to + 4, writer->entries[i].position);
    }
    return portion;
}

static struct portion encode_times(const struct index_writer *writer, const char *path)
{
    uint32_t count = writer->seal.time_count - writer->time_written;
    uint64_t at = INDEX_TIMES_AT + (uint64_t)writer->time_written * INDEX_TIME_ENTRY_SIZE;
    struct portion portion = {.path = path,
                              .bytes = mem_alloc((size_t)count * INDEX_TIME_ENTRY_SIZE),
                              .size = (size_t)count * INDEX_TIME_ENTRY_SIZE,
                              .at = at,
                              .kept = writer->time_written == 0 && writer->entry_written == 0
                                          ? 0 /* seals of something else */
                                          : at};

    for (uint32_t i = 0; i < count; i++) {
        unsigned char *to = portion.bytes + (size_t)i * INDEX_TIME_ENTRY_SIZE;
        bytes_put_u64(to, (uint64_t)writer->times[i].timestamp_ms);
        bytes_put_u32(to + 8, writer->times[i].relative);
    }
    return portion;
}

enum err index_writer_spill(struct index_writer *writer, struct files *files,
                            const char *index_path, const char *time_path, struct error *error)
{
    struct portion entries = encode_entries(writer, index_path);
    struct portion times = encode_times(writer, time_path);
    enum err err = write_portion(writer, files, &entries, error);
    enum err time_err = write_portion(writer, files, &times, err == ERR_OK ? error : NULL);

    if (err == ERR_OK)
        err = time_err;
    writer->is_open_ended = err == ERR_OK; /* else nobody knows what stands there now */
    if (err != ERR_OK)
        return err;
    writer->entry_written = writer->seal.entry_count;
    writer->time_written = writer->seal.time_count;
    return ERR_OK;
}

/* ---- seals ---- */

static void encode_seal(const struct index_seal *seal, unsigned char to[INDEX_SEAL_SIZE])
{
    bytes_put_u64(to, SEAL_MAGIC);
    bytes_put_u64(to + 8, seal->size);
    bytes_put_u64(to + 16, (uint64_t)seal->end_offset);
    bytes_put_u64(to + 24, (uint64_t)seal->first_timestamp_ms);
    bytes_put_u64(to + 32, (uint64_t)seal->max_timestamp_ms);
    bytes_put_u64(to + 40, (uint64_t)seal->max_timestamp_offset);
    bytes_put_u64(to + 48, (uint64_t)seal->touched_ms);
    bytes_put_u64(to + 56, (uint64_t)seal->flushed_offset);
    bytes_put_u32(to + 64, seal->entry_count);
    bytes_put_u32(to + 68, seal->time_count);
    bytes_put_u32(to + 72, crc32c_of(to, 72));
}

static bool decode_seal(const unsigned char from[INDEX_SEAL_SIZE], struct index_seal *ret_seal)
{
    if (bytes_get_u64(from) != SEAL_MAGIC || bytes_get_u32(from + 72) != crc32c_of(from, 72))
        return false;
    *ret_seal = (struct index_seal){
        .size = bytes_get_u64(from + 8),
        .end_offset = (int64_t)bytes_get_u64(from + 16),
        .first_timestamp_ms = (int64_t)bytes_get_u64(from + 24),
        .max_timestamp_ms = (int64_t)bytes_get_u64(from + 32),
        .max_timestamp_offset = (int64_t)bytes_get_u64(from + 40),
        .touched_ms = (int64_t)bytes_get_u64(from + 48),
        .flushed_offset = (int64_t)bytes_get_u64(from + 56),
        .entry_count = bytes_get_u32(from + 64),
        .time_count = bytes_get_u32(from + 68),
    };
    return true;
}

enum err index_writer_put_seal(struct index_writer *writer, struct files *files,
                               const char *time_path, const struct index_seal *seal,
                               struct error *error)
{
    unsigned char bytes[INDEX_SEAL_SIZE];
    struct files_piece piece = {bytes, sizeof bytes};
    struct file *file;
    enum err err = open_to_write(files, time_path, &file, error);

    if (err != ERR_OK)
        return err;
    encode_seal(seal, bytes);
    err = file->operations->write(file, (uint64_t)writer->seal_place * INDEX_SEAL_SIZE, &piece, 1,
                                  error);
    file->operations->give(&file);
    if (err == ERR_OK)
        writer->seal_place = 1 - writer->seal_place;
    return err;
}

enum err index_writer_seal(struct index_writer *writer, struct files *files, const char *index_path,
                           const char *time_path, struct error *error)
{
    enum err err = index_writer_spill(writer, files, index_path, time_path, error);

    return err == ERR_OK ? index_writer_put_seal(writer, files, time_path, &writer->seal, error)
                         : err;
}

enum err index_read_seals(struct file *time_file, struct index_seals *ret_seals,
                          struct error *error)
{
    unsigned char bytes[INDEX_TIMES_AT];
    struct index_seals seals = {.count = 0};
    size_t size;
    enum err err = time_file->operations->read(time_file, 0, bytes, sizeof bytes, &size, error);

    if (err != ERR_OK)
        return err;
    for (unsigned place = 0; place < 2; place++) {
        if (size < (place + 1) * (size_t)INDEX_SEAL_SIZE ||
            !decode_seal(bytes + place * (size_t)INDEX_SEAL_SIZE, &seals.seals[seals.count]))
            continue;
        seals.places[seals.count++] = place;
    }
    if (seals.count == 2 && seals.seals[0].size < seals.seals[1].size) {
        struct index_seal seal = seals.seals[0];
        seals.seals[0] = seals.seals[1];
        seals.seals[1] = seal;
        seals.places[0] = 1;
        seals.places[1] = 0;
    }
    *ret_seals = seals;
    return ERR_OK;
}

enum err index_read_seal(struct file *time_file, uint64_t log_size, struct index_seal *ret_seal,
                         struct error *error)
{
    struct index_seals seals;
    enum err err = index_read_seals(time_file, &seals, error);

    if (err != ERR_OK)
        return err;
    for (unsigned i = 0; i < seals.count; i++) {
        if (seals.seals[i].size == log_size) {
            *ret_seal = seals.seals[i];
            return ERR_OK;
        }
    }
    return error_set(error, ERR_CORRUPT, "the time index has no seal that fits the log");
}

/* ---- looking for an entry ---- */

enum {
    BLOCK_ENTRIES = 256, /* read at once */
};

static enum err read_exactly(struct file *file, uint64_t at, void *to, size_t size,
                             struct error *error)
{
    size_t got;
    enum err err = file->operations->read(file, at, to, size, &got, error);

    if (err != ERR_OK)
        return err;
    return got == size ? ERR_OK : error_set(error, ERR_CORRUPT, "the index ends too early");
}

/* A sorted file of entries: where they begin, how large one is, and its key. */
struct shape {
    uint64_t at;
    size_t size;
    int64_t (*key)(const unsigned char *entry);
};

static int64_t key_of_entry(const unsigned char *entry)
{
    return bytes_get_u32(entry);
}

static int64_t key_of_time(const unsigned char *entry)
{
    return (int64_t)bytes_get_u64(entry);
}

/* How many entries of a block have a key not above. */
static uint32_t count_in_block(const struct shape *shape, const unsigned char *block,
                               uint32_t count, int64_t key)
{
    uint32_t low = 0;
    uint32_t high = count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (shape->key(block + middle * shape->size) <= key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Copies the last entry whose key is not above. Each round reads the block in the middle of what is left. */
static enum err find_floor(struct file *file, const struct shape *shape, uint32_t entry_count,
                           int64_t key, unsigned char *ret_entry, struct error *error)
{
    unsigned char block[BLOCK_ENTRIES * INDEX_TIME_ENTRY_SIZE];
    bool is_found = false;
    uint32_t low = 0; /* the answer is in low .. high-1, or was copied */
    uint32_t high = entry_count;

    while (low < high) {
        uint32_t count = high - low < BLOCK_ENTRIES ? high - low : BLOCK_ENTRIES;
        uint32_t from = low + (high - low - count) / 2;
        enum err err = read_exactly(file, shape->at + (uint64_t)from * shape->size, block,
                                    count * shape->size, error);
        if (err != ERR_OK)
            return err;

        uint32_t below = count_in_block(shape, block, count, key);
        if (below == 0) {
            high = from;
            continue;
        }
        memcpy(ret_entry, block + (below - 1) * shape->size, shape->size);
        is_found = true;
        low = below == count ? from + count : high; /* or it is certain */
    }
    return is_found ? ERR_OK : error_set(error, ERR_NOT_FOUND, "no entry is so small");
}

enum err index_find(struct file *index_file, uint32_t entry_count, uint32_t relative,
                    struct index_entry *ret_floor, struct error *error)
{
    const struct shape shape = {0, INDEX_ENTRY_SIZE, key_of_entry};
    unsigned char entry[INDEX_ENTRY_SIZE];
    enum err err = find_floor(index_file, &shape, entry_count, relative, entry, error);

    if (err == ERR_OK)
        *ret_floor = (struct index_entry){bytes_get_u32(entry), bytes_get_u32(entry + 4)};
    return err;
}

enum err index_find_time(struct file *time_file, uint32_t time_count, int64_t timestamp_ms,
                         struct index_time_entry *ret_floor, struct error *error)
{
    const struct shape shape = {INDEX_TIMES_AT, INDEX_TIME_ENTRY_SIZE, key_of_time};
    unsigned char entry[INDEX_TIME_ENTRY_SIZE];
    enum err err = find_floor(time_file, &shape, time_count, timestamp_ms - 1, entry, error);

    if (err == ERR_OK)
        *ret_floor =
            (struct index_time_entry){(int64_t)bytes_get_u64(entry), bytes_get_u32(entry + 8)};
    return err;
}
