/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

static void free_histogram(struct histogram **histogram)
{
    free(*histogram);
}

static void encode(const struct figures_part *part, struct text *out)
{
    ck_assert(figures_encode(part, out));
    ck_assert_uint_le(text_size(out), FIGURES_PART_MAX);
}

static struct figures_decoded *decode(const struct text *bytes)
{
    struct figures_decoded *decoded = NULL;
    struct error error = {.code = ERR_OK};
    enum err err = figures_decode(text_data(bytes), text_size(bytes), &decoded, &error);

    ck_assert_msg(err == ERR_OK, "%s", error.text);
    ck_assert_uint_le(figures_decoded_bytes(decoded), FIGURES_DECODED_MAX);
    return decoded;
}

/* What is accepted is written in one way only, so it comes out again as it was. */
static bool is_accepted(const void *bytes, size_t size)
{
    AUTO(figures_decoded_destroy) struct figures_decoded *decoded = NULL;
    AUTO(text_done) struct text again = {0};
    struct error error = {.code = ERR_OK};

    if (figures_decode(bytes, size, &decoded, &error) != ERR_OK) {
        ck_assert_ptr_null(decoded);
        ck_assert_str_ne(error.text, "");
        return false;
    }
    encode(figures_decoded_part(decoded), &again);
    ck_assert_uint_eq(text_size(&again), size);
    ck_assert_mem_eq(text_data(&again), bytes, size);
    return true;
}

static enum err refuse(const void *bytes, size_t size)
{
    struct figures_decoded *decoded = NULL;
    struct error error = {.code = ERR_OK};
    enum err err = figures_decode(bytes, size, &decoded, &error);

    ck_assert_int_ne(err, ERR_OK);
    ck_assert_ptr_null(decoded);
    return err;
}

/* ---- the example of docs/protocol/figures.md ---- */

#define FENCE       "```"
#define EXAMPLE_MAX 512

struct example {
    uint8_t bytes[EXAMPLE_MAX];
    size_t size;
};

static int digit(char character)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = character == '\0' ? NULL : strchr(digits, character);

    return at == NULL ? -1 : (int)(at - digits);
}

/* A line is pairs of digits, one space between them; after another space come words. */
static void add_line(struct example *example, const char *line)
{
    while (digit(line[0]) >= 0 && digit(line[1]) >= 0 && (line[2] == ' ' || line[2] == '\n')) {
        ck_assert_uint_lt(example->size, EXAMPLE_MAX);
        example->bytes[example->size++] = (uint8_t)(digit(line[0]) * 16 + digit(line[1]));
        line += 3;
    }
}

static struct example find_example(const char *name)
{
    struct example example = {.size = 0};
    char mark[64];
    char line[256];
    bool is_inside = false;
    FILE *page = fopen(DOCUMENT, "r");

    ck_assert_msg(page != NULL, "cannot open %s", DOCUMENT);
    (void)snprintf(mark, sizeof mark, FENCE "figures %s\n", name);
    while (fgets(line, sizeof line, page) != NULL) {
        if (strncmp(line, FENCE, strlen(FENCE)) == 0)
            is_inside = strcmp(line, mark) == 0;
        else if (is_inside)
            add_line(&example, line);
    }
    ck_assert_int_eq(fclose(page), 0);
    ck_assert_msg(example.size > 0, "no example '%s'", name);
    return example;
}

/* The bolt of the page: it reads words from a splitter and emits counts, which two others read. */
struct scene {
    struct histogram execute;
    struct histogram sizes;
    struct figures_output outputs[1];
    struct figures_edge edges[2];
    struct figures_input inputs[1];
    struct figures_output_count emitted[1];
    uint64_t sent[2];
    struct figures_input_count executed[1];
    struct figures_metric metrics[3];
    struct figures_task tasks[1];
    struct figures_part part;
};

static void free_scene(struct scene **scene)
{
    free(*scene);
}

static struct scene *draw_scene(void)
{
    struct scene *scene = NEW(struct scene);

    histogram_add_many(&scene->execute, 300, 2);
    histogram_add(&scene->execute, 40);
    histogram_add(&scene->sizes, 7);
    scene->outputs[0].stream = "counts";
    scene->edges[0] = (struct figures_edge){.output = 0, .to = "top"};
    scene->edges[1] = (struct figures_edge){.output = 0, .to = "print"};
    scene->inputs[0] = (struct figures_input){
        .from = "splitter", .stream = "words", .execute_ns = &scene->execute};
    scene->emitted[0] = (struct figures_output_count){.emitted = 3, .sent = 6};
    scene->sent[0] = 3;
    scene->sent[1] = 3;
    scene->executed[0] = (struct figures_input_count){
        .executed = 3, .acked = 2, .failed = 1, .execute_ns = 640, .process_ns = 700};
    scene->metrics[0] =
        (struct figures_metric){.name = "words", .kind = FIGURES_COUNTER, .count = 300};
    scene->metrics[1] = (struct figures_metric){.name = "lag", .kind = FIGURES_GAUGE, .value = 1.5};
    scene->metrics[2] = (struct figures_metric){
        .name = "size", .kind = FIGURES_HISTOGRAM, .histogram = &scene->sizes};
    scene->tasks[0] = (struct figures_task){.index = 4,
                                            .loop = 1,
                                            .outputs = scene->emitted,
                                            .sent = scene->sent,
                                            .inputs = scene->executed,
                                            .open = 2,
                                            .busy_ns = 1000,
                                            .blocked_ns = 0,
                                            .queue_bytes = 65536,
                                            .queue_limit_bytes = 1048576,
                                            .metric_count = 3,
                                            .metrics = scene->metrics};
    scene->part = (struct figures_part){.component = "count",
                                        .uptime_ns = 2000000000,
                                        .output_count = 1,
                                        .outputs = scene->outputs,
                                        .edge_count = 2,
                                        .edges = scene->edges,
                                        .input_count = 1,
                                        .inputs = scene->inputs,
                                        .task_count = 1,
                                        .tasks = scene->tasks};
    return scene;
}

START_TEST(the_part_of_the_page_is_what_it_says)
{
    AUTO(free_scene) struct scene *scene = draw_scene();
    AUTO(text_done) struct text bytes = {0};
    struct example example = find_example("part");

    encode(&scene->part, &bytes);
    ck_assert_uint_eq(text_size(&bytes), example.size);
    ck_assert_mem_eq(text_data(&bytes), example.bytes, example.size);
}
END_TEST

START_TEST(the_message_of_the_page_is_what_it_says)
{
    AUTO(text_done) struct text bytes = {0};
    struct example example = find_example("message");

    figures_message_head(300, 1, 2, &bytes);
    ck_assert_uint_eq(text_size(&bytes), example.size);
    ck_assert_mem_eq(text_data(&bytes), example.bytes, example.size);
}
END_TEST

static void expect_metrics(const struct figures_task *task)
{
    ck_assert_uint_eq(task->metric_count, 3);
    ck_assert_str_eq(task->metrics[0].name, "words");
    ck_assert_uint_eq(task->metrics[0].count, 300);
    ck_assert_int_eq(task->metrics[1].kind, FIGURES_GAUGE);
    ck_assert_double_eq(task->metrics[1].value, 1.5);
    ck_assert_int_eq(task->metrics[2].kind, FIGURES_HISTOGRAM);
    ck_assert_uint_eq(histogram_quantile(task->metrics[2].histogram, 0.5), 7);
}

START_TEST(what_is_read_is_what_was_written)
{
    AUTO(free_scene) struct scene *scene = draw_scene();
    AUTO(text_done) struct text bytes = {0};

    encode(&scene->part, &bytes);
    AUTO(figures_decoded_destroy) struct figures_decoded *decoded = decode(&bytes);
    const struct figures_part *part = figures_decoded_part(decoded);
    ck_assert_str_eq(part->component, "count");
    ck_assert(!part->is_spout);
    ck_assert_uint_eq(part->uptime_ns, 2000000000);
    ck_assert_uint_eq(part->output_count, 1);
    ck_assert_str_eq(part->outputs[0].stream, "counts");
    ck_assert_uint_eq(part->edge_count, 2);
    ck_assert_str_eq(part->edges[1].to, "print");
    ck_assert_uint_eq(part->input_count, 1);
    ck_assert_str_eq(part->inputs[0].from, "splitter");
    ck_assert_str_eq(part->inputs[0].stream, "words");
    ck_assert_mem_eq(part->inputs[0].execute_ns, &scene->execute, sizeof scene->execute);
    ck_assert_ptr_null(part->inputs[0].process_ns);
    ck_assert_ptr_null(part->complete_ns);
    ck_assert_uint_eq(part->task_count, 1);
    const struct figures_task *task = part->tasks;
    ck_assert_uint_eq(task->index, 4);
    ck_assert_uint_eq(task->loop, 1);
    ck_assert_mem_eq(task->outputs, scene->emitted, sizeof scene->emitted);
    ck_assert_mem_eq(task->sent, scene->sent, sizeof scene->sent);
    ck_assert_mem_eq(task->inputs, scene->executed, sizeof scene->executed);
    ck_assert_uint_eq(task->acked, 0);
    ck_assert_uint_eq(task->open, 2);
    ck_assert_uint_eq(task->busy_ns, 1000);
    ck_assert_uint_eq(task->queue_bytes, 65536);
    ck_assert_uint_eq(task->queue_limit_bytes, 1048576);
    ck_assert_ptr_null(task->latency_ns);
    expect_metrics(task);
}
END_TEST

START_TEST(a_spout_has_its_trees)
{
    AUTO(free_histogram) struct histogram *latency = NEW(struct histogram);
    AUTO(text_done) struct text bytes = {0};
    const struct figures_task task = {.index = 1,
                                      .acked = 1,
                                      .failed = 2,
                                      .timed_out = UINT64_MAX,
                                      .refused = 4,
                                      .complete_ns = 5,
                                      .latency_ns = latency};
    const struct figures_part part = {.component = "s",
                                      .is_spout = true,
                                      .complete_ns = latency,
                                      .task_count = 1,
                                      .tasks = &task};

    histogram_add(latency, UINT64_MAX);
    encode(&part, &bytes);
    AUTO(figures_decoded_destroy) struct figures_decoded *decoded = decode(&bytes);
    const struct figures_task *got = figures_decoded_part(decoded)->tasks;
    ck_assert(figures_decoded_part(decoded)->is_spout);
    ck_assert_uint_eq(got->acked, 1);
    ck_assert_uint_eq(got->failed, 2);
    ck_assert_uint_eq(got->timed_out, UINT64_MAX);
    ck_assert_uint_eq(got->refused, 4);
    ck_assert_uint_eq(got->complete_ns, 5);
    ck_assert_mem_eq(got->latency_ns, latency, sizeof *latency);
    ck_assert_mem_eq(figures_decoded_part(decoded)->complete_ns, latency, sizeof *latency);
}
END_TEST

START_TEST(a_gauge_may_be_unknown)
{
    AUTO(text_done) struct text bytes = {0};
    const struct figures_metric metric = {.name = "lag", .kind = FIGURES_GAUGE, .value = NAN};
    const struct figures_task task = {.metric_count = 1, .metrics = &metric};
    const struct figures_part part = {.component = "s", .task_count = 1, .tasks = &task};

    encode(&part, &bytes);
    AUTO(figures_decoded_destroy) struct figures_decoded *decoded = decode(&bytes);
    ck_assert(isnan(figures_decoded_part(decoded)->tasks[0].metrics[0].value));
}
END_TEST

/* A writer may be between a bucket and the rest. */
START_TEST(a_maximum_that_lags_behind_is_put_right)
{
    AUTO(free_histogram) struct histogram *latency = NEW(struct histogram);
    AUTO(text_done) struct text bytes = {0};
    const struct figures_task task = {.latency_ns = latency};
    const struct figures_part part = {.component = "b", .task_count = 1, .tasks = &task};

    histogram_add(latency, 10);
    histogram_put_bucket(latency, histogram_bucket(5000), 1);
    encode(&part, &bytes);
    AUTO(figures_decoded_destroy) struct figures_decoded *decoded = decode(&bytes);
    const struct histogram *got = figures_decoded_part(decoded)->tasks[0].latency_ns;
    ck_assert_uint_eq(histogram_count(got), 2);
    ck_assert_uint_eq(histogram_max(got), histogram_bucket_first(histogram_bucket(5000)));
}
END_TEST

/* ---- limits ---- */

START_TEST(a_part_that_is_too_large_is_not_written)
{
    enum {
        TASKS = 8000
    };
    AUTO(text_done) struct text bytes = {0};
    struct figures_task *tasks = NEW_ARRAY(struct figures_task, TASKS);
    struct figures_part part = {.component = "b", .task_count = TASKS, .tasks = tasks};

    for (uint32_t i = 0; i < TASKS; i++)
        tasks[i] = (struct figures_task){.index = i, .busy_ns = UINT64_MAX, .open = 1};
    text_add(&bytes, "what was there");
    ck_assert(!figures_encode(&part, &bytes));
    ck_assert_str_eq(text_data(&bytes), "what was there");

    text_clear(&bytes);
    part.task_count = TASKS / 2;
    ck_assert(figures_encode(&part, &bytes));
    ck_assert(is_accepted(text_data(&bytes), text_size(&bytes)));
    free(tasks);
}
END_TEST

START_TEST(a_part_has_a_limit_of_histograms)
{
    AUTO(free_histogram) struct histogram *latency = NEW(struct histogram);
    AUTO(text_done) struct text bytes = {0};
    struct figures_task *tasks = NEW_ARRAY(struct figures_task, FIGURES_HISTOGRAMS_MAX + 1);
    struct figures_part part = {
        .component = "b", .task_count = FIGURES_HISTOGRAMS_MAX, .tasks = tasks};

    histogram_add(latency, 1);
    for (uint32_t i = 0; i <= FIGURES_HISTOGRAMS_MAX; i++)
        tasks[i].latency_ns = latency;
    ck_assert(figures_encode(&part, &bytes));
    ck_assert(is_accepted(text_data(&bytes), text_size(&bytes)));
    part.task_count++;
    ck_assert(!figures_encode(&part, &bytes));
    free(tasks);
}
END_TEST

/* A bolt "b" without streams, up to its count of tasks; `tail` follows. */
static size_t forge(const uint8_t *tail, size_t size, uint8_t *bytes)
{
    static const uint8_t head[] = {FIGURES_VERSION, 1, 'b', 0, 0, 0, 0, 0, 0};

    memcpy(bytes, head, sizeof head);
    memcpy(bytes + sizeof head, tail, size);
    return sizeof head + size;
}

START_TEST(more_histograms_than_the_limit_are_refused)
{
    static const uint8_t task[] = {0, 0, 0, 0, 0, 0, 0, /* buckets */ 1, 1, 1, 1, 1, 0};
    enum {
        TASKS = FIGURES_HISTOGRAMS_MAX + 1
    };
    uint8_t *tail = mem_alloc(2 + TASKS * sizeof task);
    uint8_t *bytes = mem_alloc(16 + 2 + TASKS * sizeof task);

    for (size_t i = 0; i < TASKS; i++)
        memcpy(tail + 2 + i * sizeof task, task, sizeof task);
    tail[0] = (uint8_t)(TASKS & 0x7F) | 0x80;
    tail[1] = TASKS >> 7;
    size_t size = forge(tail, 2 + TASKS * sizeof task, bytes);
    ck_assert_int_eq(refuse(bytes, size), ERR_LIMIT);

    tail[0] = (uint8_t)((TASKS - 1) & 0x7F) | 0x80;
    tail[1] = (TASKS - 1) >> 7;
    size = forge(tail, 2 + (TASKS - 1) * sizeof task, bytes);
    ck_assert(is_accepted(bytes, size));
    free(bytes);
    free(tail);
}
END_TEST

START_TEST(memory_is_not_taken_for_what_does_not_follow)
{
    /* 98,000 tasks, and hardly a byte of them */
    static const uint8_t tail[] = {0xD0, 0xFD, 0x05, 0};
    uint8_t bytes[64];

    ck_assert_int_eq(refuse(bytes, forge(tail, sizeof tail, bytes)), ERR_CORRUPT);
}
END_TEST

START_TEST(each_lie_is_refused)
{
    static const struct {
        uint8_t bytes[32];
        size_t size;
        enum err err;
    } cases[] = {
        {{0}, 0, ERR_CORRUPT},
        {{FIGURES_VERSION + 1, 1, 'b', 0, 0, 0, 0, 0, 0, 0}, 10, ERR_VERSION},
        {{FIGURES_VERSION, 0, 0, 0, 0, 0, 0, 0, 0}, 9, ERR_CORRUPT},              /* no name */
        {{FIGURES_VERSION, 1, 0, 0, 0, 0, 0, 0, 0, 0}, 10, ERR_CORRUPT},          /* a zero byte */
        {{FIGURES_VERSION, 0x81, 0x02, 'b', 0, 0, 0, 0, 0, 0, 0}, 11, ERR_LIMIT}, /* 257 bytes */
        {{FIGURES_VERSION, 0x81, 0x00, 'b', 0, 0, 0, 0, 0, 0, 0}, 11, ERR_CORRUPT}, /* 1, longer */
        {{FIGURES_VERSION, 1, 'b', 2, 0, 0, 0, 0, 0, 0}, 10, ERR_LIMIT},            /* is_spout */
        {{FIGURES_VERSION, 1, 'b', 0, 0, 0, 1, 0, 1, 'x', 0, 0, 0}, 13, ERR_CORRUPT}, /* output */
        {{FIGURES_VERSION, 1, 'b', 0, 0, 0, 0, 0, 0, 0, 0}, 11, ERR_CORRUPT}, /* more follows */
        {{FIGURES_VERSION, 1, 'b', 0, 0, 0, 0, 0, 1, 9, 9, 8, 1, 0}, 14, ERR_CORRUPT}, /* maximum */
        {{FIGURES_VERSION, 1, 'b', 0, 0, 0, 0, 0, 1, 8, 8, 8, 0, 0}, 14, ERR_CORRUPT}, /* bucket */
        {{FIGURES_VERSION, 1, 'b', 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02, 0,
          0, 0, 0, 0},
         19,
         ERR_CORRUPT}, /* more than 64 bits */
    };
    static const uint8_t good[] = {FIGURES_VERSION, 1, 'b', 0, 0, 0, 0, 0, 1, 8, 8, 8, 1, 0};

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        ck_assert_msg(refuse(cases[i].bytes, cases[i].size) == cases[i].err, "case %zu", i);
    ck_assert(is_accepted(good, sizeof good));
}
END_TEST

START_TEST(too_many_bytes_are_refused_unread)
{
    uint8_t *bytes = mem_alloc(FIGURES_PART_MAX + 1);

    ck_assert_int_eq(refuse(bytes, FIGURES_PART_MAX + 1), ERR_LIMIT);
    free(bytes);
}
END_TEST

/* ---- random parts ---- */

enum {
    LOT_MAX = 4,
    LOT_TASKS_MAX = 3,
    LOT_HISTOGRAMS = 6,
};

static const char *const names[] = {"a", "some-stream", "x.y", "default", "ümläut"};

/* Where a random part has its parts. */
struct lot {
    struct histogram histograms[LOT_HISTOGRAMS];
    struct figures_output outputs[LOT_MAX];
    struct figures_edge edges[LOT_MAX];
    struct figures_input inputs[LOT_MAX];
    struct figures_output_count emitted[LOT_TASKS_MAX][LOT_MAX];
    uint64_t sent[LOT_TASKS_MAX][LOT_MAX];
    struct figures_input_count executed[LOT_TASKS_MAX][LOT_MAX];
    struct figures_metric metrics[LOT_TASKS_MAX][LOT_MAX];
    struct figures_task tasks[LOT_TASKS_MAX];
    struct figures_part part;
};

static void free_lot(struct lot **lot)
{
    free(*lot);
}

static uint64_t any(struct rng *rng)
{
    return rng_next(rng) >> rng_below(rng, 64);
}

static const char *any_name(struct rng *rng)
{
    return names[rng_below(rng, COUNT_OF(names))];
}

/* The first is empty. */
static const struct histogram *any_histogram(struct rng *rng, const struct lot *lot)
{
    uint32_t index = rng_below(rng, LOT_HISTOGRAMS + 1);

    return index == LOT_HISTOGRAMS ? NULL : &lot->histograms[index];
}

static void draw_metric(struct rng *rng, const struct lot *lot, struct figures_metric *metric)
{
    metric->name = any_name(rng);
    metric->kind = (enum figures_metric_kind)rng_below(rng, 3);
    if (metric->kind == FIGURES_COUNTER)
        metric->count = any(rng);
    else if (metric->kind == FIGURES_GAUGE)
        metric->value = (double)any(rng) / 7;
    else
        metric->histogram = any_histogram(rng, lot);
}

static void draw_task(struct rng *rng, struct lot *lot, uint32_t index)
{
    struct figures_task *task = &lot->tasks[index];
    uint64_t *numbers[] = {&task->open, &task->busy_ns, &task->blocked_ns, &task->queue_bytes,
                           &task->queue_limit_bytes};
    uint64_t *trees[] = {&task->acked, &task->failed, &task->timed_out, &task->refused,
                         &task->complete_ns};

    task->index = rng_below(rng, 1u << rng_below(rng, 31));
    task->loop = rng_below(rng, 64);
    task->outputs = lot->emitted[index];
    task->sent = lot->sent[index];
    task->inputs = lot->executed[index];
    task->latency_ns = any_histogram(rng, lot);
    task->metric_count = rng_below(rng, LOT_MAX + 1);
    task->metrics = lot->metrics[index];
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        *numbers[i] = any(rng);
    for (size_t i = 0; i < COUNT_OF(trees); i++)
        *trees[i] = lot->part.is_spout ? any(rng) : 0;
    for (uint32_t i = 0; i < LOT_MAX; i++) {
        lot->emitted[index][i] = (struct figures_output_count){any(rng), any(rng)};
        lot->sent[index][i] = any(rng);
        lot->executed[index][i] =
            (struct figures_input_count){any(rng), any(rng), any(rng), any(rng), any(rng)};
        draw_metric(rng, lot, &lot->metrics[index][i]);
    }
}

static struct lot *draw_lot(struct rng *rng)
{
    struct lot *lot = NEW(struct lot);
    struct figures_part *part = &lot->part;

    for (uint32_t h = 1; h < LOT_HISTOGRAMS; h++) {
        for (uint32_t i = rng_below(rng, 20) + 1; i > 0; i--)
            histogram_add_many(&lot->histograms[h], any(rng), rng_below(rng, 1000) + 1);
    }
    *part = (struct figures_part){.component = any_name(rng),
                                  .is_spout = rng_below(rng, 2) == 0,
                                  .uptime_ns = any(rng),
                                  .output_count = rng_below(rng, LOT_MAX + 1),
                                  .outputs = lot->outputs,
                                  .edges = lot->edges,
                                  .input_count = rng_below(rng, LOT_MAX + 1),
                                  .inputs = lot->inputs,
                                  .complete_ns = any_histogram(rng, lot),
                                  .task_count = rng_below(rng, LOT_TASKS_MAX + 1),
                                  .tasks = lot->tasks};
    part->edge_count = part->output_count == 0 ? 0 : rng_below(rng, LOT_MAX + 1);
    for (uint32_t i = 0; i < LOT_MAX; i++) {
        lot->outputs[i].stream = any_name(rng);
        lot->inputs[i] = (struct figures_input){any_name(rng), any_name(rng),
                                                any_histogram(rng, lot), any_histogram(rng, lot)};
    }
    for (uint32_t i = 0; i < part->edge_count; i++)
        lot->edges[i] = (struct figures_edge){rng_below(rng, part->output_count), any_name(rng)};
    for (uint32_t i = 0; i < LOT_TASKS_MAX; i++)
        draw_task(rng, lot, i);
    return lot;
}

/* NULL and an empty one are the same. */
static void expect_histogram(const struct histogram *got, const struct histogram *want)
{
    static const struct histogram empty;
    const struct histogram *wanted = want == NULL ? &empty : want;

    if (histogram_count(wanted) == 0)
        ck_assert_ptr_null(got);
    else
        ck_assert_mem_eq(got, wanted, sizeof *wanted);
}

static void expect_task(const struct figures_task *got, const struct figures_task *want,
                        const struct figures_part *part)
{
    ck_assert_uint_eq(got->index, want->index);
    ck_assert_uint_eq(got->loop, want->loop);
    ck_assert_uint_eq(got->acked, want->acked);
    ck_assert_uint_eq(got->complete_ns, want->complete_ns);
    ck_assert_uint_eq(got->queue_limit_bytes, want->queue_limit_bytes);
    if (part->output_count > 0)
        ck_assert_mem_eq(got->outputs, want->outputs, part->output_count * sizeof *want->outputs);
    if (part->edge_count > 0)
        ck_assert_mem_eq(got->sent, want->sent, part->edge_count * sizeof *want->sent);
    if (part->input_count > 0)
        ck_assert_mem_eq(got->inputs, want->inputs, part->input_count * sizeof *want->inputs);
    expect_histogram(got->latency_ns, want->latency_ns);
    ck_assert_uint_eq(got->metric_count, want->metric_count);
    for (uint32_t i = 0; i < want->metric_count; i++) {
        ck_assert_str_eq(got->metrics[i].name, want->metrics[i].name);
        ck_assert_int_eq(got->metrics[i].kind, want->metrics[i].kind);
        ck_assert_uint_eq(got->metrics[i].count, want->metrics[i].count);
        ck_assert_mem_eq(&got->metrics[i].value, &want->metrics[i].value, sizeof(double));
        expect_histogram(got->metrics[i].histogram, want->metrics[i].histogram);
    }
}

static void expect_part(const struct figures_part *got, const struct figures_part *want)
{
    ck_assert_str_eq(got->component, want->component);
    ck_assert(got->is_spout == want->is_spout);
    ck_assert_uint_eq(got->output_count, want->output_count);
    ck_assert_uint_eq(got->edge_count, want->edge_count);
    ck_assert_uint_eq(got->input_count, want->input_count);
    ck_assert_uint_eq(got->task_count, want->task_count);
    for (uint32_t i = 0; i < want->edge_count; i++) {
        ck_assert_uint_eq(got->edges[i].output, want->edges[i].output);
        ck_assert_str_eq(got->edges[i].to, want->edges[i].to);
    }
    for (uint32_t i = 0; i < want->input_count; i++) {
        ck_assert_str_eq(got->inputs[i].from, want->inputs[i].from);
        expect_histogram(got->inputs[i].execute_ns, want->inputs[i].execute_ns);
        expect_histogram(got->inputs[i].process_ns, want->inputs[i].process_ns);
    }
    expect_histogram(got->complete_ns, want->complete_ns);
    for (uint32_t i = 0; i < want->task_count; i++)
        expect_task(&got->tasks[i], &want->tasks[i], want);
}

START_TEST(random_parts_come_back)
{
    struct rng rng;

    rng_init(&rng, 1);
    for (uint32_t round = 0; round < 500; round++) {
        AUTO(free_lot) struct lot *lot = draw_lot(&rng);
        AUTO(text_done) struct text bytes = {0};
        encode(&lot->part, &bytes);
        AUTO(figures_decoded_destroy) struct figures_decoded *decoded = decode(&bytes);
        expect_part(figures_decoded_part(decoded), &lot->part);
        ck_assert(is_accepted(text_data(&bytes), text_size(&bytes)));
    }
}
END_TEST

/* The bytes stand in memory of just their size, so that a sanitizer sees who reads beyond. */
static bool is_accepted_alone(const char *bytes, size_t size)
{
    char *copy = mem_alloc(size);

    if (size > 0)
        memcpy(copy, bytes, size);
    bool is_good = is_accepted(copy, size);
    free(copy);
    return is_good;
}

START_TEST(a_part_that_is_cut_short_is_refused)
{
    struct rng rng;

    rng_init(&rng, 2);
    for (uint32_t round = 0; round < 12; round++) {
        AUTO(free_lot) struct lot *lot = draw_lot(&rng);
        AUTO(text_done) struct text bytes = {0};
        encode(&lot->part, &bytes);
        for (size_t size = 0; size < text_size(&bytes); size++)
            ck_assert(!is_accepted_alone(text_data(&bytes), size));
    }
}
END_TEST

START_TEST(a_changed_byte_gives_no_part_or_another_true_one)
{
    struct rng rng;
    uint32_t accepted = 0;

    rng_init(&rng, 3);
    for (uint32_t round = 0; round < 12; round++) {
        AUTO(free_lot) struct lot *lot = draw_lot(&rng);
        AUTO(text_done) struct text bytes = {0};
        encode(&lot->part, &bytes);
        for (size_t i = 0; i < text_size(&bytes); i++) {
            char before = bytes.data[i];
            bytes.data[i] = (char)(before ^ (1 << rng_below(&rng, 8)));
            accepted += is_accepted_alone(text_data(&bytes), text_size(&bytes));
            bytes.data[i] = before;
        }
    }
    ck_assert_uint_gt(accepted, 0);
}
END_TEST

/* ---- messages ---- */

START_TEST(a_message_has_its_place_in_the_set)
{
    AUTO(text_done) struct text bytes = {0};
    struct figures_message message;

    figures_message_head(UINT64_MAX, FIGURES_PARTS_MAX - 1, FIGURES_PARTS_MAX, &bytes);
    text_add(&bytes, "part");
    ck_assert_int_eq(figures_message_decode(text_data(&bytes), text_size(&bytes), &message, NULL),
                     ERR_OK);
    ck_assert_uint_eq(message.set, UINT64_MAX);
    ck_assert_uint_eq(message.index, FIGURES_PARTS_MAX - 1);
    ck_assert_uint_eq(message.count, FIGURES_PARTS_MAX);
    ck_assert_uint_eq(message.size, 4);
    ck_assert_mem_eq(message.part, "part", 4);
}
END_TEST

START_TEST(a_message_that_is_none_is_refused)
{
    static const struct {
        const char *bytes;
        size_t size;
        enum err err;
    } cases[] = {
        {"", 0, ERR_CORRUPT},
        {"{", 1, ERR_CORRUPT},
        {"F", 1, ERR_CORRUPT},
        {"F\1\0\1", 4, ERR_CORRUPT},      /* no part */
        {"F\1\1\1x", 5, ERR_CORRUPT},     /* part 1 of 1 */
        {"F\1\0\0x", 5, ERR_CORRUPT},     /* of none */
        {"F\1\0\x81\x08x", 6, ERR_LIMIT}, /* of 1025 */
        {"F\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\1\0\1x", 15, ERR_CORRUPT},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct figures_message message;
        struct error error = {.code = ERR_OK};
        ck_assert_msg(figures_message_decode(cases[i].bytes, cases[i].size, &message, &error) ==
                          cases[i].err,
                      "case %zu", i);
        ck_assert_str_ne(error.text, "");
    }
}
END_TEST

START_TEST(a_message_has_at_most_one_part)
{
    AUTO(text_done) struct text bytes = {0};
    char *part = mem_alloc(FIGURES_PART_MAX);
    struct figures_message message;

    figures_message_head(1, 0, 1, &bytes);
    text_add_bytes(&bytes, part, FIGURES_PART_MAX);
    ck_assert_int_eq(figures_message_decode(text_data(&bytes), text_size(&bytes), &message, NULL),
                     ERR_OK);
    text_add_bytes(&bytes, part, 1);
    ck_assert_int_eq(figures_message_decode(text_data(&bytes), text_size(&bytes), &message, NULL),
                     ERR_LIMIT);
    free(part);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_part_of_the_page_is_what_it_says,
        the_message_of_the_page_is_what_it_says,
        what_is_read_is_what_was_written,
        a_spout_has_its_trees,
        a_gauge_may_be_unknown,
        a_maximum_that_lags_behind_is_put_right,
        a_part_that_is_too_large_is_not_written,
        a_part_has_a_limit_of_histograms,
        more_histograms_than_the_limit_are_refused,
        memory_is_not_taken_for_what_does_not_follow,
        each_lie_is_refused,
        too_many_bytes_are_refused_unread,
        random_parts_come_back,
        a_part_that_is_cut_short_is_refused,
        a_changed_byte_gives_no_part_or_another_true_one,
        a_message_has_its_place_in_the_set,
        a_message_that_is_none_is_refused,
        a_message_has_at_most_one_part,
    };
    return suite_run("figures", tests, sizeof tests / sizeof *tests);
}
