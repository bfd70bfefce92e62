/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/log/cleaner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "broker/log/records.h"
#include "broker/log/segment.h"
#include "tests/support/sim_files.h"
#include "tests/support/suite.h"

enum {
    SEGMENTS_MAX = 64,
    RECORDS_MAX = 4096,
    KEY_MAX = 16,
    HOUR = 3600 * 1000,
};

/* A record, as a reader of the log sees it. */
struct line {
    int64_t offset;
    int64_t timestamp_ms;
    char key[KEY_MAX]; /* "" has none */
    char value[KEY_MAX];
    bool is_tombstone;
};

struct scene {
    struct sim_files *sim;
    struct clean_input inputs[SEGMENTS_MAX]; /* the segments, in order */
    size_t input_count;
    int64_t end_offset;
    struct codec_buffer log; /* of the segment that is being made */
    struct records_builder builder;
    struct clean_options options;
    struct line lines[RECORDS_MAX]; /* all that was ever appended */
    size_t line_count;
};

static struct scene *scene_new(uint64_t seed)
{
    struct scene *scene = NEW(struct scene);
    struct files *files;

    scene->sim = sim_files_new(seed);
    files = sim_files_of(scene->sim);
    ck_assert_int_eq(files->operations->make_folder(files, "p", NULL), ERR_OK);
    ck_assert_int_eq(files->operations->sync_folder(files, "", NULL), ERR_OK);
    scene->options = (struct clean_options){
        .segment_bytes = 1 << 20,
        .delete_retention_ms = HOUR,
        .map_bytes_max = 1 << 20,
        .index_interval_bytes = 200,
        .now_ms = 1000,
    };
    return scene;
}

static void scene_destroy(struct scene **scene)
{
    if (*scene == NULL)
        return;
    sim_files_destroy(&(*scene)->sim);
    codec_buffer_done(&(*scene)->log);
    records_builder_done(&(*scene)->builder);
    free(*scene);
    *scene = NULL;
}

/* ---- Making a log -------------------------------------------------------------------------- */

static void begin_batch(struct scene *scene, struct batch_head head)
{
    head.base_offset = scene->end_offset;
    head.leader_epoch = 7;
    records_builder_begin(&scene->builder, &head);
}

/* A `value` of NULL is a tombstone; a `key` of NULL is none. */
static void add(struct scene *scene, const char *key, const char *value)
{
    struct line *line = &scene->lines[scene->line_count++];
    struct record record = {
        .offset = scene->end_offset,
        .timestamp_ms = 5000 + scene->end_offset,
        .key = (const unsigned char *)key,
        .key_size = key != NULL ? (int32_t)strlen(key) : RECORDS_ABSENT,
        .value = (const unsigned char *)value,
        .value_size = value != NULL ? (int32_t)strlen(value) : RECORDS_ABSENT,
        .headers = (const unsigned char *)"\x02h\x02v",
        .headers_size = 4,
        .header_count = 1,
    };

    ck_assert_uint_le(scene->line_count, RECORDS_MAX);
    *line = (struct line){.offset = record.offset,
                          .timestamp_ms = record.timestamp_ms,
                          .is_tombstone = value == NULL};
    (void)snprintf(line->key, sizeof line->key, "%s", key != NULL ? key : "");
    (void)snprintf(line->value, sizeof line->value, "%s", value != NULL ? value : "");
    records_builder_add(&scene->builder, &record);
    scene->end_offset++;
}

static void end_batch(struct scene *scene)
{
    const unsigned char *batch;
    struct batch_head head;

    ck_assert_int_eq(records_builder_finish(&scene->builder, &batch, &head, NULL), ERR_OK);
    codec_buffer_add(&scene->log, batch, head.size);
}

static void log_path(int64_t base_offset, char ret_path[FILES_PATH_MAX])
{
    segment_path("p", base_offset, SEGMENT_LOG, SEGMENT_IN_PLACE, ret_path);
}

/* Closes the segment that holds all since the last one. */
static void end_segment(struct scene *scene)
{
    char path[FILES_PATH_MAX];
    int64_t base = scene->input_count > 0 ? scene->inputs[scene->input_count - 1].limit_offset : 0;

    ck_assert_uint_lt(scene->input_count, SEGMENTS_MAX);
    scene->inputs[scene->input_count++] = (struct clean_input){
        .base_offset = base,
        .limit_offset = scene->end_offset,
        .size = scene->log.size,
        .touched_ms = 77,
    };
    log_path(base, path);
    /* Room behind its end is none of the cleaner's business. */
    codec_buffer_add(&scene->log, "\0\0\0\0\0\0\0", 7);
    sim_files_put(scene->sim, path, scene->log.bytes, scene->log.size);
    scene->log.size = 0;
}

/* Batches of one record each: "a=1 b=2 a" has a tombstone at its end. */
static void segment_of(struct scene *scene, const char *text)
{
    char copy[256];
    char *rest = copy;

    (void)snprintf(copy, sizeof copy, "%s ", text);
    for (char *end; (end = strchr(rest, ' ')) != NULL; rest = end + 1) {
        *end = '\0';
        char *equals = strchr(rest, '=');
        if (equals != NULL)
            *equals = '\0';
        begin_batch(scene, records_plain_head(BATCH_PLAIN, 5000));
        add(scene, rest[0] != '\0' ? rest : NULL, equals != NULL ? equals + 1 : NULL);
        end_batch(scene);
    }
    end_segment(scene);
}

/* An assertion of check writes to a file each time, which is too slow for what is looked at often. */
static void expect_that(bool is_so, const char *what)
{
    if (!is_so)
        ck_abort_msg("%s", what);
}

/* ---- Reading a log ------------------------------------------------------------------------- */

struct reading {
    struct line lines[RECORDS_MAX];
    size_t count;
    uint32_t batches;
    uint32_t empty_batches;
    int64_t end_offset; /* of the last batch */
};

static void read_batch(struct reading *reading, const unsigned char *bytes,
                       const struct batch_head *head)
{
    struct records_reader reader = {.left = 0};
    struct record record;
    enum err err = records_open(&reader, bytes, head, NULL);

    reading->batches++;
    reading->empty_batches += head->record_count == 0;
    expect_that(head->base_offset >= reading->end_offset, "offsets grow");
    reading->end_offset = batch_last_offset(head) + 1;
    while (err == ERR_OK && (err = records_next(&reader, &record, NULL)) == ERR_OK) {
        struct line *line = &reading->lines[reading->count++];
        *line = (struct line){.offset = record.offset,
                              .timestamp_ms = record.timestamp_ms,
                              .is_tombstone = record.value_size < 0};
        if (record.key_size > 0)
            memcpy(line->key, record.key, (size_t)record.key_size);
        if (record.value_size > 0)
            memcpy(line->value, record.value, (size_t)record.value_size);
        expect_that(record.header_count == 1 && record.headers_size == 4 &&
                        memcmp(record.headers, "\x02h\x02v", 4) == 0,
                    "headers are kept");
        expect_that(record.timestamp_ms <= head->max_timestamp_ms, "the max timestamp is one");
    }
    ck_assert_int_eq(err, ERR_NOT_FOUND);
    records_reader_done(&reader);
}

static void read_segment(const struct scene *scene, const struct clean_input *input,
                         struct reading *reading)
{
    char path[FILES_PATH_MAX];
    size_t size;

    log_path(input->base_offset, path);
    const unsigned char *bytes = sim_files_bytes(scene->sim, path, &size);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_ge(size, input->size);
    for (size_t at = 0; at < input->size;) {
        struct batch_head head;
        ck_assert_int_eq(batch_read_head(bytes + at, input->size - at, UINT32_MAX, &head), ERR_OK);
        ck_assert(batch_crc_is_right(bytes + at, &head));
        ck_assert_int_eq(head.leader_epoch, 7);
        read_batch(reading, bytes + at, &head);
        at += head.size;
    }
}

static struct reading *read_all(const struct scene *scene)
{
    struct reading *reading = NEW(struct reading);

    for (size_t i = 0; i < scene->input_count; i++)
        read_segment(scene, &scene->inputs[i], reading);
    return reading;
}

/* "0:a=1 3:b" */
static void expect(const struct scene *scene, const char *wanted)
{
    char text[1024] = "";
    size_t size = 0;
    struct reading *reading = read_all(scene);

    for (size_t i = 0; i < reading->count; i++) {
        const struct line *line = &reading->lines[i];
        size += (size_t)snprintf(text + size, sizeof text - size, "%s%lld:%s%s%s", i > 0 ? " " : "",
                                 (long long)line->offset, line->key, line->is_tombstone ? "" : "=",
                                 line->value);
    }
    free(reading);
    ck_assert_str_eq(text, wanted);
}

/* ---- Cleaning ------------------------------------------------------------------------------ */

static struct clean_plan *make_plan(const struct scene *scene)
{
    struct clean_plan *plan = clean_plan_new(sim_files_of(scene->sim), "p", &scene->options);

    for (size_t i = 0; i < scene->input_count; i++)
        clean_plan_add_input(plan, &scene->inputs[i]);
    return plan;
}

static size_t find_input(const struct scene *scene, int64_t base_offset)
{
    for (size_t i = 0; i < scene->input_count; i++) {
        if (scene->inputs[i].base_offset == base_offset)
            return i;
    }
    ck_abort_msg("no segment with that base");
    return 0;
}

static void expect_index(const struct scene *scene, const char *time_path, uint64_t log_size,
                         int64_t end_offset)
{
    struct files *files = sim_files_of(scene->sim);
    struct index_seal seal;
    struct file *file;

    ck_assert_int_eq(files->operations->open(files, time_path, FILES_READ, &file, NULL), ERR_OK);
    ck_assert_int_eq(index_read_seal(file, log_size, &seal, NULL), ERR_OK);
    files->operations->give(&file);
    ck_assert_int_eq(seal.end_offset, end_offset);
    ck_assert_int_eq(seal.touched_ms, 77);
    ck_assert_uint_gt(seal.entry_count, 0);
}

/* What partition_swap() does, without thinking of crashes. */
static void place(struct scene *scene, struct clean_group group)
{
    struct files *files = sim_files_of(scene->sim);
    static const enum segment_kind kinds[] = {SEGMENT_INDEX, SEGMENT_TIME_INDEX, SEGMENT_LOG};
    char from[FILES_PATH_MAX];
    char to[FILES_PATH_MAX];
    size_t first = find_input(scene, group.base_offset);
    int64_t limit = scene->inputs[first + group.count - 1].limit_offset;
    size_t size;

    for (size_t i = 1; i < group.count; i++) {
        log_path(scene->inputs[first + i].base_offset, to);
        ck_assert_int_eq(files->operations->remove(files, to, NULL), ERR_OK);
    }
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        segment_path("p", group.base_offset, kinds[i], SEGMENT_NEW, from);
        segment_path("p", group.base_offset, kinds[i], SEGMENT_IN_PLACE, to);
        ck_assert_int_eq(files->operations->rename(files, from, to, NULL), ERR_OK);
    }
    log_path(group.base_offset, to);
    ck_assert_ptr_nonnull(sim_files_bytes(scene->sim, to, &size));
    scene->inputs[first].limit_offset = limit;
    scene->inputs[first].size = size;
    memmove(&scene->inputs[first + 1], &scene->inputs[first + group.count],
            (scene->input_count - first - group.count) * sizeof scene->inputs[0]);
    scene->input_count -= group.count - 1;

    struct reading *reading = NEW(struct reading);
    read_segment(scene, &scene->inputs[first], reading);
    ck_assert_int_eq(reading->end_offset, limit); /* nobody can take it for a shorter one */
    segment_path("p", group.base_offset, SEGMENT_TIME_INDEX, SEGMENT_IN_PLACE, to);
    expect_index(scene, to, size, limit);
    free(reading);
}

static void finish(struct scene *scene, struct clean_plan **plan)
{
    for (size_t i = 0; i < clean_group_count(*plan); i++) {
        place(scene, clean_group_at(*plan, i));
        clean_group_is_placed(*plan, i);
    }
    scene->options.dirty_offset = clean_end_offset(*plan);
    clean_plan_destroy(plan);
}

static struct clean_figures clean(struct scene *scene)
{
    struct clean_plan *plan = make_plan(scene);
    struct error error = {.text = ""};
    enum err err = clean_run(plan, &error);

    ck_assert_msg(err == ERR_OK, "%s", error.text);
    struct clean_figures figures = clean_figures(plan);
    finish(scene, &plan);
    return figures;
}

static void count_new(void *context, const char *name, bool is_folder)
{
    size_t *count = context;

    (void)is_folder;
    *count += strstr(name, ".new") != NULL;
}

static size_t new_files(const struct scene *scene)
{
    struct files *files = sim_files_of(scene->sim);
    size_t count = 0;

    ck_assert_int_eq(files->operations->list(files, "p", count_new, &count, NULL), ERR_OK);
    return count;
}

/* ---- Stories ------------------------------------------------------------------------------- */

START_TEST(the_last_record_of_each_key_is_kept_at_its_offset)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);

    segment_of(scene, "a=1 b=1 a=2");
    segment_of(scene, "c=1 b=2");
    clean(scene);
    expect(scene, "2:a=2 3:c=1 4:b=2");
    ck_assert_uint_eq(scene->input_count, 1); /* small neighbours become one */
    ck_assert_uint_eq(new_files(scene), 0);
}
END_TEST

START_TEST(a_log_without_repetition_is_not_written_anew)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);

    segment_of(scene, "a=1 b=1 c=1");
    struct clean_plan *plan = make_plan(scene);
    ck_assert_int_eq(clean_run(plan, NULL), ERR_OK);
    ck_assert_uint_eq(clean_group_count(plan), 0);
    ck_assert_int_eq(clean_end_offset(plan), 3);
    ck_assert_uint_eq(new_files(scene), 0);
    clean_plan_destroy(&plan);
}
END_TEST

START_TEST(a_tombstone_stays_for_its_time_and_then_goes)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);

    segment_of(scene, "a=1 b=1 a");
    clean(scene);
    expect(scene, "1:b=1 2:a");
    scene->options.now_ms = 1000 + HOUR - 1;
    scene->options.dirty_offset = 0;
    clean(scene);
    expect(scene, "1:b=1 2:a");
    scene->options.now_ms = 1000 + HOUR;
    scene->options.dirty_offset = 0;
    clean(scene);
    expect(scene, "1:b=1");
}
END_TEST

START_TEST(a_tombstone_has_its_own_timestamp_while_it_waits)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);

    segment_of(scene, "b=1 a=1 a");
    clean(scene);
    struct reading *reading = read_all(scene);
    ck_assert_int_eq(reading->lines[1].timestamp_ms, 5002);
    free(reading);
}
END_TEST

START_TEST(a_record_without_a_key_goes)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);

    segment_of(scene, "a=1 =5 b=1 =6 c=1");
    clean(scene);
    expect(scene, "0:a=1 2:b=1 4:c=1");
}
END_TEST

START_TEST(a_batch_keeps_its_offsets_producer_and_codec)
{
    static const enum batch_codec codecs[] = {BATCH_PLAIN, BATCH_GZIP, BATCH_SNAPPY, BATCH_LZ4,
                                              BATCH_ZSTD};

    for (size_t i = 0; i < COUNT_OF(codecs); i++) {
        AUTO(scene_destroy) struct scene *scene = scene_new(1);
        struct batch_head head = records_plain_head(codecs[i], 5000);
        size_t size;
        head.producer_id = 12;
        head.producer_epoch = 3;
        head.base_sequence = 40;
        segment_of(scene, "x=1");
        begin_batch(scene, head);
        add(scene, "a", "1");
        add(scene, "b", "1");
        add(scene, "a", "2");
        add(scene, "x", "2");
        add(scene, "b", "2");
        end_batch(scene);
        end_segment(scene);
        segment_of(scene, "b=3");
        clean(scene);
        expect(scene, "3:a=2 4:x=2 6:b=3");
        const unsigned char *bytes =
            sim_files_bytes(scene->sim, "p/00000000000000000000.log", &size);
        ck_assert_int_eq(batch_read_head(bytes, size, UINT32_MAX, &head), ERR_OK);
        ck_assert_int_eq(head.base_offset, 1);
        ck_assert_int_eq(batch_last_offset(&head), 5);
        ck_assert_int_eq(head.record_count, 2);
        ck_assert_int_eq(head.producer_id, 12);
        ck_assert_int_eq(head.producer_epoch, 3);
        ck_assert_int_eq(head.base_sequence, 40);
        ck_assert_int_eq(batch_codec_of(&head), codecs[i]);
        ck_assert_int_eq(head.max_timestamp_ms, 5004);
    }
}
END_TEST

START_TEST(the_last_batch_of_a_producer_stays_without_records)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);
    struct batch_head head = records_plain_head(BATCH_GZIP, 5000);
    struct clean_plan *plan;

    head.producer_id = 12;
    head.producer_epoch = 0;
    for (int32_t i = 0; i < 2; i++) {
        head.base_sequence = i;
        begin_batch(scene, head);
        add(scene, "a", "1");
        end_batch(scene);
    }
    end_segment(scene);
    segment_of(scene, "a=2 b=1");
    plan = make_plan(scene);
    clean_plan_add_producer(plan, 99, 1);
    clean_plan_add_producer(plan, 12, 1);
    ck_assert_int_eq(clean_run(plan, NULL), ERR_OK);
    finish(scene, &plan);
    expect(scene, "2:a=2 3:b=1");
    struct reading *reading = read_all(scene);
    ck_assert_uint_eq(reading->batches, 3);
    ck_assert_uint_eq(reading->empty_batches, 1);
    free(reading);

    scene->options.dirty_offset = 0;
    segment_of(scene, "c=1");
    clean(scene); /* now it is not known any more */
    reading = read_all(scene);
    ck_assert_uint_eq(reading->empty_batches, 0);
    free(reading);
}
END_TEST

START_TEST(the_last_batch_of_a_segment_stays_without_records)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);

    scene->options.segment_bytes = 1; /* each for itself */
    segment_of(scene, "a=1 b=1");
    segment_of(scene, "a=2 b=2");
    clean(scene);
    ck_assert_uint_eq(scene->input_count, 2);
    ck_assert_uint_eq(scene->inputs[0].size, BATCH_HEAD_SIZE);
    expect(scene, "2:a=2 3:b=2");
    scene->options.segment_bytes = 1000;
    scene->options.dirty_offset = 0;
    clean(scene);
    struct reading *reading = read_all(scene);
    ck_assert_uint_eq(reading->empty_batches, 0);
    free(reading);
    expect(scene, "2:a=2 3:b=2");
}
END_TEST

START_TEST(what_does_not_fit_the_map_waits_for_the_next_run)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);

    scene->options.map_bytes_max = 8 * 24; /* six keys */
    segment_of(scene, "a=1 b=1 c=1 d=1");
    segment_of(scene, "e=1 f=1 g=1 a=2");
    segment_of(scene, "h=1 b=2");
    clean(scene);
    ck_assert_int_eq(scene->options.dirty_offset, 6);
    expect(scene, "0:a=1 1:b=1 2:c=1 3:d=1 4:e=1 5:f=1 6:g=1 7:a=2 8:h=1 9:b=2");
    clean(scene);
    ck_assert_int_eq(scene->options.dirty_offset, 10);
    expect(scene, "2:c=1 3:d=1 4:e=1 5:f=1 6:g=1 7:a=2 8:h=1 9:b=2");
}
END_TEST

START_TEST(a_batch_with_more_keys_than_the_map_is_told)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);
    struct error error;
    char key[KEY_MAX];

    scene->options.map_bytes_max = 8 * 24;
    begin_batch(scene, records_plain_head(BATCH_PLAIN, 0));
    for (int i = 0; i < 10; i++) {
        (void)snprintf(key, sizeof key, "k%d", i);
        add(scene, key, "1");
    }
    end_batch(scene);
    end_segment(scene);
    struct clean_plan *plan = make_plan(scene);
    ck_assert_int_eq(clean_run(plan, &error), ERR_LIMIT);
    clean_plan_destroy(&plan);
}
END_TEST

static void damage(struct scene *scene, size_t input, uint64_t at)
{
    char path[FILES_PATH_MAX];

    log_path(scene->inputs[input].base_offset, path);
    sim_files_damage(scene->sim, path, at, "\xff\xff\xff\xff", 4);
}

START_TEST(a_damaged_segment_is_left_alone_and_tombstones_behind_it_stay)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);

    scene->options.delete_retention_ms = 0;
    segment_of(scene, "a=1 b=1 a");
    segment_of(scene, "c=1 b=2");
    segment_of(scene, "d=1 d x=1");
    damage(scene, 1, 70); /* in the records of its first batch */
    ck_assert_uint_eq(clean(scene).segments_damaged, 1);
    ck_assert_uint_eq(scene->input_count, 3);
    scene->options.dirty_offset = 0;
    scene->options.now_ms += HOUR;
    clean(scene);

    struct reading *reading = NEW(struct reading);
    read_segment(scene, &scene->inputs[0], reading);
    ck_assert_uint_eq(reading->count,
                      1); /* b=1: what came after is damaged; a's tombstone may go */
    ck_assert_str_eq(reading->lines[0].key, "b");
    reading->count = 0;
    read_segment(scene, &scene->inputs[2], reading);
    ck_assert_uint_eq(reading->count, 2);
    ck_assert(reading->lines[0].is_tombstone);
    free(reading);
}
END_TEST

START_TEST(damage_that_appears_between_two_readings_is_gone_around)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);

    segment_of(scene, "a=1 b=1 a=2");
    segment_of(scene, "b=2 c=1");
    segment_of(scene, "c=2 e=1 e=2");
    scene->options.dirty_offset = 5; /* so that the first two are read only once */
    damage(scene, 1, 80);
    clean(scene);
    ck_assert_uint_eq(scene->input_count, 3);
    struct reading *reading = NEW(struct reading);
    read_segment(scene, &scene->inputs[2], reading);
    ck_assert_uint_eq(reading->count, 2);
    free(reading);
}
END_TEST

START_TEST(a_batch_that_cannot_be_read_stays_as_it_is)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);
    struct batch_head head;
    unsigned char bytes[BATCH_HEAD_SIZE + 4];
    const unsigned char *batch;

    /* A right sum over what no zstd is. */
    records_builder_begin(&scene->builder, &(struct batch_head){.magic = BATCH_MAGIC,
                                                                .attributes = BATCH_ZSTD,
                                                                .leader_epoch = 7,
                                                                .last_offset_delta = 0});
    ck_assert_int_eq(records_builder_finish(&scene->builder, &batch, &head, NULL), ERR_OK);
    memcpy(bytes, batch, BATCH_HEAD_SIZE);
    memset(bytes + BATCH_HEAD_SIZE, 0x55, 4);
    bytes[11] += 4;          /* its length */
    bytes[22] |= BATCH_ZSTD; /* its codec */
    bytes[60] = 1;           /* its count */
    head.size += 4;
    batch_stamp(bytes, bytes + BATCH_HEAD_SIZE, 4, 9); /* the sum */
    codec_buffer_add(&scene->log, bytes, sizeof bytes);
    scene->end_offset = 1;
    end_segment(scene);
    segment_of(scene, "a=1 a=2");
    struct clean_plan *plan = make_plan(scene);
    size_t size;
    ck_assert_int_eq(clean_run(plan, NULL), ERR_OK);
    ck_assert_uint_eq(clean_group_count(plan), 1);
    ck_assert_mem_eq(sim_files_bytes(scene->sim, "p/00000000000000000000.log.new", &size), bytes,
                     sizeof bytes);
    ck_assert_uint_gt(size, sizeof bytes);
    clean_plan_destroy(&plan);
}
END_TEST

START_TEST(a_cancelled_run_leaves_nothing)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);

    segment_of(scene, "a=1 a=2");
    struct clean_plan *plan = make_plan(scene);
    clean_cancel(plan);
    ck_assert_int_eq(clean_run(plan, NULL), ERR_CANCELLED);
    ck_assert(!clean_has_run(plan));
    ck_assert_uint_eq(new_files(scene), 0);
    clean_plan_destroy(&plan);
    expect(scene, "0:a=1 1:a=2");
}
END_TEST

START_TEST(a_plan_that_is_given_up_leaves_nothing)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);

    segment_of(scene, "a=1 a=2");
    struct clean_plan *plan = make_plan(scene);
    ck_assert_int_eq(clean_run(plan, NULL), ERR_OK);
    ck_assert_uint_eq(new_files(scene), 3);
    clean_plan_destroy(&plan);
    ck_assert_uint_eq(new_files(scene), 0);
    expect(scene, "0:a=1 1:a=2");
}
END_TEST

START_TEST(a_segment_that_went_meanwhile_ends_the_run)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);
    struct files *files = sim_files_of(scene->sim);

    segment_of(scene, "a=1 a=2");
    segment_of(scene, "b=1 b=2");
    struct clean_plan *plan = make_plan(scene);
    ck_assert_int_eq(files->operations->remove(files, "p/00000000000000000002.log", NULL), ERR_OK);
    ck_assert_int_eq(clean_run(plan, NULL), ERR_NOT_FOUND);
    ck_assert_uint_eq(new_files(scene), 0);
    clean_plan_destroy(&plan);
}
END_TEST

static void run_with_fault(enum sim_files_fault fault, uint64_t at, bool *ret_has_struck)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(at);

    segment_of(scene, "a=1 b=1 a=2");
    segment_of(scene, "c=1 b=2");
    struct clean_plan *plan = make_plan(scene);
    sim_files_plan(scene->sim, fault, at);
    struct error error = {.text = ""};
    enum err err = clean_run(plan, &error);
    *ret_has_struck = sim_files_has_struck(scene->sim);
    ck_assert(err == ERR_OK || error.text[0] != '\0');
    if (*ret_has_struck)
        ck_assert_int_ne(err, ERR_OK);
    ck_assert(err == ERR_OK || !clean_has_run(plan));
    clean_plan_destroy(&plan);
    if (fault == SIM_FILES_FULL || fault == SIM_FILES_FULL_ONCE)
        ck_assert_uint_eq(new_files(scene), 0);
    sim_files_restart(scene->sim);
    expect(scene, "0:a=1 1:b=1 2:a=2 3:c=1 4:b=2"); /* what is in place is never touched */
}

START_TEST(whatever_fails_in_a_run_the_log_is_as_it_was)
{
    static const enum sim_files_fault faults[] = {SIM_FILES_ERROR,     SIM_FILES_FULL,
                                                  SIM_FILES_FULL_ONCE, SIM_FILES_READ_ERROR,
                                                  SIM_FILES_POWER_CUT, SIM_FILES_KILL};

    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        bool has_struck = true;
        uint64_t at = 0;
        for (; has_struck; at++)
            run_with_fault(faults[i], at, &has_struck);
        ck_assert_uint_gt(at, 4);
    }
}
END_TEST

/* ---- Against the plainest model ------------------------------------------------------------ */

static struct line *last_of(struct line *lines, size_t count, const char *key)
{
    for (size_t i = count; i > 0; i--) {
        if (strcmp(lines[i - 1].key, key) == 0)
            return &lines[i - 1];
    }
    return NULL;
}

static void random_segment(struct scene *scene, struct rng *rng)
{
    uint32_t batches = 1 + rng_below(rng, 6);

    for (uint32_t i = 0; i < batches; i++) {
        struct batch_head head = records_plain_head((enum batch_codec)rng_below(rng, 5), 5000);
        begin_batch(scene, head);
        for (uint32_t left = 1 + rng_below(rng, 5); left > 0; left--) {
            char key[KEY_MAX];
            char value[KEY_MAX];
            (void)snprintf(key, sizeof key, "k%u", rng_below(rng, 12));
            (void)snprintf(value, sizeof value, "v%u", rng_below(rng, 1000));
            add(scene, key, rng_below(rng, 5) == 0 ? NULL : value);
        }
        end_batch(scene);
    }
    end_segment(scene);
}

/* Not byte by byte: a compiler may leave anything between the members. */
static bool is_same(const struct line *one, const struct line *other)
{
    return one->offset == other->offset && one->timestamp_ms == other->timestamp_ms &&
           strcmp(one->key, other->key) == 0 && strcmp(one->value, other->value) == 0 &&
           one->is_tombstone == other->is_tombstone;
}

/* Every record in the log was appended there; of each key the last one is there, but for a tombstone,
 * which may be gone if nothing of the key is left. */
static void expect_sound(struct scene *scene, struct reading *reading)
{
    for (size_t i = 0; i < reading->count; i++) {
        const struct line *line = &reading->lines[i];
        expect_that(i == 0 || line->offset > line[-1].offset, "offsets grow");
        expect_that(is_same(line, &scene->lines[line->offset]), "a record is what was appended");
    }
    for (unsigned key = 0; key < 12; key++) {
        char name[KEY_MAX];
        (void)snprintf(name, sizeof name, "k%u", key);
        const struct line *last = last_of(scene->lines, scene->line_count, name);
        const struct line *seen = last_of(reading->lines, reading->count, name);
        if (last != NULL && (!last->is_tombstone || seen != NULL)) {
            expect_that(seen != NULL && seen->offset == last->offset, "the last one is kept");
        }
    }
}

/* If the map had room for all: no key stands there twice. */
static void expect_compact(struct reading *reading)
{
    for (size_t i = 0; i < reading->count; i++) {
        const struct line *last = last_of(reading->lines, reading->count, reading->lines[i].key);
        expect_that(last == &reading->lines[i], "a key stands there once");
    }
}

START_TEST(random_logs_keep_what_they_must_run_after_run)
{
    for (uint64_t seed = 0; seed < 60; seed++) {
        AUTO(scene_destroy) struct scene *scene = scene_new(seed);
        struct rng rng;
        rng_init(&rng, seed);
        bool is_roomy = rng_below(&rng, 2) == 0;
        scene->options.map_bytes_max = is_roomy ? 1 << 16 : 8 * 24;
        scene->options.delete_retention_ms = rng_below(&rng, 3) * 1000;
        for (int round = 0; round < 8 && scene->input_count < SEGMENTS_MAX - 8; round++) {
            for (uint32_t count = 1 + rng_below(&rng, 4); count > 0; count--)
                random_segment(scene, &rng);
            scene->options.segment_bytes = 1 + rng_below(&rng, 4000);
            scene->options.now_ms += rng_below(&rng, 2000);
            clean(scene);
            struct reading *reading = read_all(scene);
            expect_sound(scene, reading);
            if (is_roomy)
                expect_compact(reading);
            free(reading);
        }
    }
}
END_TEST

START_TEST(a_tombstone_outlives_the_retention_and_not_the_run_behind_it)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);
    struct rng rng;

    rng_init(&rng, 9);
    for (int i = 0; i < 20; i++)
        random_segment(scene, &rng);
    clean(scene);
    struct reading *before = read_all(scene);
    scene->options.dirty_offset = 0;
    scene->options.now_ms += HOUR - 1;
    clean(scene);
    struct reading *still = read_all(scene);
    ck_assert_uint_eq(before->count, still->count);
    scene->options.dirty_offset = 0;
    scene->options.now_ms += 1;
    clean(scene);
    struct reading *after = read_all(scene);
    ck_assert_uint_lt(after->count, before->count);
    for (size_t i = 0; i < after->count; i++)
        ck_assert(!after->lines[i].is_tombstone);
    free(before);
    free(still);
    free(after);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_last_record_of_each_key_is_kept_at_its_offset,
        a_log_without_repetition_is_not_written_anew,
        a_tombstone_stays_for_its_time_and_then_goes,
        a_tombstone_has_its_own_timestamp_while_it_waits,
        a_record_without_a_key_goes,
        a_batch_keeps_its_offsets_producer_and_codec,
        the_last_batch_of_a_producer_stays_without_records,
        the_last_batch_of_a_segment_stays_without_records,
        what_does_not_fit_the_map_waits_for_the_next_run,
        a_batch_with_more_keys_than_the_map_is_told,
        a_damaged_segment_is_left_alone_and_tombstones_behind_it_stay,
        damage_that_appears_between_two_readings_is_gone_around,
        a_batch_that_cannot_be_read_stays_as_it_is,
        a_cancelled_run_leaves_nothing,
        a_plan_that_is_given_up_leaves_nothing,
        a_segment_that_went_meanwhile_ends_the_run,
        whatever_fails_in_a_run_the_log_is_as_it_was,
        random_logs_keep_what_they_must_run_after_run,
        a_tombstone_outlives_the_retention_and_not_the_run_behind_it,
    };
    return suite_run("cleaner", tests, COUNT_OF(tests));
}
