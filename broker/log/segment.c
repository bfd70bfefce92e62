/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/log/segment.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

enum {
    DIGITS = 20,
    /* A batch that stands so much farther behind the floor than the interval should have had an entry. So
     * much, because the interval may have been larger when it was written. */
    SLACK = 1024 * 1024,
    REBUILDS_MAX = 3, /* where the log itself is damaged, an index cannot be right */
};

static const char *const suffixes[] = {
    [SEGMENT_LOG] = ".log",
    [SEGMENT_INDEX] = ".index",
    [SEGMENT_TIME_INDEX] = ".timeindex",
    [SEGMENT_SNAPSHOT] = ".snapshot",
};

static const char new_suffix[] = ".new";

void segment_path(const char *folder, int64_t base_offset, enum segment_kind kind,
                  enum segment_age age, char ret_path[FILES_PATH_MAX])
{
    int length = snprintf(ret_path, FILES_PATH_MAX, "%s/%020" PRId64 "%s%s", folder, base_offset,
                          suffixes[kind], age == SEGMENT_NEW ? new_suffix : "");

    ASSERT(length > 0 && length < FILES_PATH_MAX); /* partition_open() bounds the folder */
}

static bool parse_digits(const char *name, int64_t *ret_number)
{
    uint64_t number = 0;

    for (size_t i = 0; i < DIGITS; i++) {
        unsigned digit = (unsigned)name[i] - '0'; /* a NUL is none */
        if (digit > 9 || number > ((uint64_t)INT64_MAX - digit) / 10)
            return false;
        number = 10 * number + digit;
    }
    *ret_number = (int64_t)number;
    return true;
}

bool segment_parse_name(const char *name, int64_t *ret_base_offset, enum segment_kind *ret_kind,
                        enum segment_age *ret_age)
{
    int64_t base_offset;

    if (!parse_digits(name, &base_offset))
        return false;
    name += DIGITS;
    for (size_t kind = 0; kind < COUNT_OF(suffixes); kind++) {
        size_t length = strlen(suffixes[kind]);
        if (strncmp(name, suffixes[kind], length) != 0)
            continue;
        if (name[length] != '\0' && strcmp(name + length, new_suffix) != 0)
            return false;
        *ret_base_offset = base_offset;
        *ret_kind = (enum segment_kind)kind;
        *ret_age = name[length] == '\0' ? SEGMENT_IN_PLACE : SEGMENT_NEW;
        return true;
    }
    return false;
}

static enum err open_file(const struct segment *segment, const struct segment_place *place,
                          enum segment_kind kind, enum files_open how, struct file **ret_file,
                          struct error *error)
{
    char path[FILES_PATH_MAX];

    segment_path(place->folder, segment->base_offset, kind, SEGMENT_IN_PLACE, path);
    return place->files->operations->open(place->files, path, how, ret_file, error);
}

enum err segment_open(struct segment *segment, const struct segment_place *place,
                      enum files_open how, struct error *error)
{
    if (segment->log != NULL)
        return ERR_OK;
    return open_file(segment, place, SEGMENT_LOG, how, &segment->log, error);
}

static void give(struct file **file)
{
    if (*file != NULL)
        (*file)->operations->give(file);
}

void segment_rest(struct segment *segment)
{
    give(&segment->log);
    give(&segment->index);
}

/* ---- the seal, and making it anew ---- */

static enum err read_seal(const struct segment *segment, const struct segment_place *place,
                          struct index_seal *ret_seal, struct error *error)
{
    struct file *file;
    enum err err = open_file(segment, place, SEGMENT_TIME_INDEX, FILES_READ, &file, error);

    if (err != ERR_OK)
        return err;
    err = index_read_seal(file, segment->size, ret_seal, error);
    give(&file);
    return err;
}

enum err segment_know(struct segment *segment, const struct segment_place *place,
                      bool *ret_is_rebuilt, struct error *error)
{
    *ret_is_rebuilt = false;
    if (segment->is_known)
        return ERR_OK;

    enum err err = read_seal(segment, place, &segment->seal, error);
    if (err == ERR_NOT_FOUND || err == ERR_CORRUPT) {
        *ret_is_rebuilt = true;
        return segment_rebuild(segment, place, NULL, error);
    }
    segment->is_known = err == ERR_OK;
    return err;
}

static enum err write_indexes(const struct segment *segment, const struct segment_place *place,
                              struct index_writer *writer, bool with_seal, struct error *error)
{
    char index_path[FILES_PATH_MAX];
    char time_path[FILES_PATH_MAX];

    segment_path(place->folder, segment->base_offset, SEGMENT_INDEX, SEGMENT_IN_PLACE, index_path);
    segment_path(place->folder, segment->base_offset, SEGMENT_TIME_INDEX, SEGMENT_IN_PLACE,
                 time_path);
    return with_seal ? index_writer_seal(writer, place->files, index_path, time_path, error)
                     : index_writer_spill(writer, place->files, index_path, time_path, error);
}

/* Notes all batches of the log. */
static enum err note_all(const struct segment *segment, const struct segment_place *place,
                         struct index_writer *writer, struct error *error)
{
    struct segment_scan scan;
    struct batch_head head;
    uint64_t position;
    int64_t next_offset;
    enum err err;

    segment_scan_init(&scan, segment->log, segment->base_offset, segment->size,
                      SEGMENT_CHECK_HEADS);
    do {
        err = segment_scan_next(&scan, &head, &position, error);
        if (err == ERR_OK)
            index_writer_note(writer, &head, position, place->now_ms);
        else if (err == ERR_CORRUPT)
            err = segment_scan_resume(&scan, &next_offset, error);
    } while (err == ERR_OK);
    segment_scan_done(&scan);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static void seal_anew(struct segment *segment, const struct segment_place *place,
                      struct index_writer *writer)
{
    writer->seal.size = segment->size; /* bytes that are no batch may stand at the end */
    if (write_indexes(segment, place, writer, true, NULL) != ERR_OK) {
        writer->seal.entry_count = 0; /* there is nothing to look into */
        writer->seal.time_count = 0;
    }
    segment->seal = writer->seal;
    segment->is_known = true;
}

enum err segment_rebuild(struct segment *segment, const struct segment_place *place,
                         struct index_writer *writer, struct error *error)
{
    struct index_writer fresh;
    enum err err = segment_open(segment, place, FILES_READ, error);

    if (err != ERR_OK)
        return err;
    give(&segment->index);
    index_writer_init(&fresh, segment->base_offset, place->interval_bytes);
    err = note_all(segment, place, &fresh, error);
    if (err != ERR_OK) {
        index_writer_done(&fresh);
        return err;
    }
    if (writer == NULL) {
        seal_anew(segment, place, &fresh);
        index_writer_done(&fresh);
        return ERR_OK;
    }
    fresh.seal.size = segment->size;
    index_writer_done(writer);
    *writer = fresh;
    /* What could not be written waits in memory for the next time. */
    if (index_writer_is_full(writer))
        (void)write_indexes(segment, place, writer, false, NULL);
    return ERR_OK;
}

/* ---- looking for a batch ---- */

/* The entry to begin at, from memory or from the file; ERR_NOT_FOUND: none, so at the beginning. */
static enum err find_floor(struct segment *segment, const struct segment_place *place,
                           const struct index_writer *writer, int64_t offset,
                           struct index_entry *ret_floor, struct error *error)
{
    int64_t distance = offset - segment->base_offset;
    uint32_t relative = distance < 0 ? 0 : distance > INT32_MAX ? INT32_MAX : (uint32_t)distance;

    if (writer != NULL && index_writer_find(writer, relative, ret_floor))
        return ERR_OK;

    uint32_t count = writer != NULL ? writer->entry_written : segment->seal.entry_count;
    if (count == 0)
        return error_set(error, ERR_NOT_FOUND, "the index is empty");
    if (segment->index == NULL) {
        enum err err = open_file(segment, place, SEGMENT_INDEX, FILES_READ, &segment->index, error);
        if (err == ERR_NOT_FOUND)
            return error_set(error, ERR_CORRUPT, "the index is missing");
        if (err != ERR_OK)
            return err;
    }
    return index_find(segment->index, count, relative, ret_floor, error);
}

/* The scan stands before something that is no batch: steps over it. */
static enum err step_over_damage(struct segment_scan *scan, struct segment_search *search,
                                 struct error *error)
{
    struct segment_damage *damage = &search->damage;

    *damage = (struct segment_damage){
        .base_offset = scan->base_offset,
        .from = scan->position,
        .to = scan->limit,
        .from_offset = scan->next_offset,
        .to_offset = INT64_MAX,
    };
    search->met_damage = true;

    enum err err = segment_scan_resume(scan, &damage->to_offset, error);
    if (err == ERR_OK)
        damage->to = scan->position;
    if (err != ERR_OK && err != ERR_NOT_FOUND)
        return err;
    if (search->offset < damage->to_offset && search->offset >= damage->from_offset)
        return error_set(
            error, ERR_CORRUPT, "bytes %llu to %llu of segment %" PRId64 " are damaged",
            (unsigned long long)damage->from, (unsigned long long)damage->to, scan->base_offset);
    return ERR_OK;
}

enum attempt {
    ATTEMPT_BELIEVES, /* the index, until it turns out to be wrong: ERR_CONFLICT */
    ATTEMPT_FORGIVES, /* it was made anew just now */
};

/* Whether a batch shows that the index is wrong: it stands where the floor points to, and is another one; or it
 * stands so far behind the floor that it should have had an entry, which would have been the floor. */
static bool contradicts(const struct segment_search *search, uint64_t begin, int64_t floor_offset,
                        uint64_t index_reach)
{
    if (search->position == begin)
        return search->head.base_offset != floor_offset && floor_offset >= 0;
    return search->position - begin > index_reach && search->head.base_offset <= search->offset;
}

/* What a walk begins with. */
struct walk {
    struct segment_scan scan;
    uint64_t begin;
    int64_t floor_offset; /* what is expected to begin there; -1: anything */
    uint64_t index_reach;
    bool is_believed;
};

static enum err pass_damage(struct walk *walk, struct segment_search *search, struct error *error)
{
    if (walk->is_believed && walk->floor_offset >= 0 && walk->scan.position == walk->begin)
        return ERR_CONFLICT;
    return step_over_damage(&walk->scan, search, error);
}

static enum err go(struct walk *walk, struct segment_search *search, struct error *error)
{
    enum err err;

    do {
        err = segment_scan_next(&walk->scan, &search->head, &search->position, error);
        if (err == ERR_CORRUPT) {
            err = pass_damage(walk, search, error);
            continue;
        }
        if (err != ERR_OK)
            break;
        if (walk->is_believed &&
            contradicts(search, walk->begin, walk->floor_offset, walk->index_reach))
            err = ERR_CONFLICT;
        else if (batch_last_offset(&search->head) >= search->offset)
            break;
    } while (err == ERR_OK);
    return err;
}

static enum err look(struct segment *segment, const struct segment_place *place,
                     const struct index_writer *writer, enum attempt attempt,
                     struct segment_search *search, struct error *error)
{
    struct index_entry floor;
    enum err err = find_floor(segment, place, writer, search->offset, &floor, error);

    if (err == ERR_CORRUPT && attempt == ATTEMPT_BELIEVES)
        return ERR_CONFLICT;
    if (err != ERR_OK && err != ERR_NOT_FOUND && err != ERR_CORRUPT)
        return err;

    bool has_floor = err == ERR_OK && floor.position < segment->size;
    if (err == ERR_OK && !has_floor && attempt == ATTEMPT_BELIEVES)
        return ERR_CONFLICT;

    struct walk walk = {.begin = has_floor ? floor.position : 0,
                        .floor_offset = has_floor ? segment->base_offset + floor.relative : -1,
                        .index_reach = (uint64_t)place->interval_bytes + SLACK,
                        .is_believed = attempt == ATTEMPT_BELIEVES};
    segment_scan_init(&walk.scan, segment->log, segment->base_offset, segment->size,
                      SEGMENT_CHECK_HEADS);
    walk.scan.position = walk.begin;
    if (search->offset_limit > 0)
        walk.scan.offset_limit = search->offset_limit;
    if (has_floor)
        walk.scan.next_offset = walk.floor_offset;
    err = go(&walk, search, error);
    segment_scan_done(&walk.scan);
    return err;
}

enum err segment_find(struct segment *segment, const struct segment_place *place,
                      struct index_writer *writer, struct segment_search *search,
                      struct error *error)
{
    bool is_rebuilt = false;
    enum err err = segment_open(segment, place, FILES_READ, error);

    search->met_damage = false;
    if (err == ERR_OK && writer == NULL)
        err = segment_know(segment, place, &is_rebuilt, error);
    if (err == ERR_OK)
        err = look(segment, place, writer,
                   is_rebuilt || segment->rebuilds >= REBUILDS_MAX ? ATTEMPT_FORGIVES
                                                                   : ATTEMPT_BELIEVES,
                   search, error);
    if (err != ERR_CONFLICT)
        return err;

    segment->rebuilds++;
    err = segment_rebuild(segment, place, writer, error);
    return err == ERR_OK ? look(segment, place, writer, ATTEMPT_FORGIVES, search, error) : err;
}

/* ---- looking for a time ---- */

static enum err find_time_floor(struct segment *segment, const struct segment_place *place,
                                const struct index_writer *writer, int64_t timestamp_ms,
                                struct index_time_entry *ret_floor, struct error *error)
{
    if (writer != NULL && index_writer_find_time(writer, timestamp_ms, ret_floor))
        return ERR_OK;

    uint32_t count = writer != NULL ? writer->time_written : segment->seal.time_count;
    if (count == 0)
        return error_set(error, ERR_NOT_FOUND, "the time index is empty");

    struct file *file;
    enum err err = open_file(segment, place, SEGMENT_TIME_INDEX, FILES_READ, &file, error);
    if (err == ERR_NOT_FOUND)
        return error_set(error, ERR_CORRUPT, "the time index is missing");
    if (err != ERR_OK)
        return err;
    err = index_find_time(file, count, timestamp_ms, ret_floor, error);
    give(&file);
    return err;
}

/* ERR_CORRUPT: the batch that the entry names does not have that timestamp. */
static enum err check_time(struct segment *segment, const struct segment_place *place,
                           struct index_writer *writer, const struct index_time_entry *entry,
                           struct error *error)
{
    struct segment_search search = {.offset = segment->base_offset + entry->relative};
    enum err err = segment_find(segment, place, writer, &search, error);

    if (err == ERR_NOT_FOUND ||
        (err == ERR_OK && (search.head.base_offset != search.offset ||
                           search.head.max_timestamp_ms != entry->timestamp_ms)))
        return error_set(error, ERR_CORRUPT, "the time index is wrong");
    return err;
}

enum err segment_find_time(struct segment *segment, const struct segment_place *place,
                           struct index_writer *writer, int64_t timestamp_ms, int64_t *ret_offset,
                           struct error *error)
{
    struct index_time_entry floor;
    bool is_rebuilt;
    enum err err = writer == NULL ? segment_know(segment, place, &is_rebuilt, error) : ERR_OK;

    if (err == ERR_OK)
        err = find_time_floor(segment, place, writer, timestamp_ms, &floor, error);
    if (err == ERR_OK)
        err = check_time(segment, place, writer, &floor, error);
    *ret_offset = segment->base_offset;
    if (err == ERR_OK)
        *ret_offset += floor.relative;
    else if (err == ERR_CORRUPT)
        return segment_rebuild(segment, place, writer, error);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}
