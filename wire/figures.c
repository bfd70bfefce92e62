/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two halves that mirror each other: put_*() and take_*(). A reader that has met something wrong
 * stays at its end and gives zeros, so that only loops and allocations ask whether it has.
 */
#include "wire/figures.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "base/varint.h"

/* ---- writing ---- */

static void put_text(struct text *out, const char *text)
{
    size_t size = strlen(text);

    ASSERT(size > 0 && size <= FIGURES_NAME_MAX);
    varint_add(out, size);
    text_add_bytes(out, text, size);
}

static void put_real(struct text *out, double value)
{
    uint64_t bits;
    uint8_t bytes[sizeof bits];

    memcpy(&bits, &value, sizeof bits);
    bytes_put_u64(bytes, bits);
    text_add_bytes(out, bytes, sizeof bytes);
}

static uint64_t clamp(uint64_t value, uint64_t least, uint64_t most)
{
    return value < least ? least : value > most ? most : value;
}

/* The buckets that are not empty are read once, since there may be a writer; the maximum is of the
 * last of them, whatever the writer has come to meanwhile. */
struct filled {
    uint32_t count;
    uint32_t buckets[HISTOGRAM_BUCKETS];
    uint64_t counts[HISTOGRAM_BUCKETS];
};

static void gather(const struct histogram *histogram, struct filled *filled)
{
    filled->count = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        uint64_t count = histogram_bucket_count(histogram, i);
        if (count == 0)
            continue;
        filled->buckets[filled->count] = i;
        filled->counts[filled->count++] = count;
    }
}

/* Where a part is written to, and what is left of its limits. */
struct writer {
    struct text *out;
    uint32_t histograms;
    struct filled filled;
};

static void put_histogram(struct writer *writer, const struct histogram *histogram)
{
    struct filled *filled = &writer->filled;
    uint32_t next = 0;

    filled->count = 0;
    if (histogram != NULL && histogram_count(histogram) > 0)
        gather(histogram, filled);
    varint_add(writer->out, filled->count);
    if (filled->count == 0)
        return;
    writer->histograms++;
    uint32_t last = filled->buckets[filled->count - 1];
    varint_add(writer->out, histogram_sum(histogram));
    varint_add(writer->out, clamp(histogram_max(histogram), histogram_bucket_first(last),
                                  histogram_bucket_last(last)));
    for (uint32_t i = 0; i < filled->count; i++) {
        varint_add(writer->out, filled->buckets[i] - next);
        varint_add(writer->out, filled->counts[i]);
        next = filled->buckets[i] + 1;
    }
}

static void put_head(struct writer *writer, const struct figures_part *part)
{
    struct text *out = writer->out;

    ASSERT(part->output_count <= FIGURES_STREAMS_MAX && part->input_count <= FIGURES_STREAMS_MAX);
    ASSERT(part->edge_count <= FIGURES_EDGES_MAX);
    varint_add(out, FIGURES_VERSION);
    put_text(out, part->component);
    varint_add(out, part->is_spout ? 1 : 0);
    varint_add(out, part->uptime_ns);
    varint_add(out, part->output_count);
    for (uint32_t i = 0; i < part->output_count; i++)
        put_text(out, part->outputs[i].stream);
    varint_add(out, part->edge_count);
    for (uint32_t i = 0; i < part->edge_count; i++) {
        ASSERT(part->edges[i].output < part->output_count);
        varint_add(out, part->edges[i].output);
        put_text(out, part->edges[i].to);
    }
    varint_add(out, part->input_count);
    for (uint32_t i = 0; i < part->input_count; i++) {
        put_text(out, part->inputs[i].from);
        put_text(out, part->inputs[i].stream);
        put_histogram(writer, part->inputs[i].execute_ns);
        put_histogram(writer, part->inputs[i].process_ns);
    }
    put_histogram(writer, part->complete_ns);
}

static void put_counts(struct text *out, const struct figures_part *part,
                       const struct figures_task *task)
{
    for (uint32_t i = 0; i < part->output_count; i++) {
        varint_add(out, task->outputs[i].emitted);
        varint_add(out, task->outputs[i].sent);
    }
    for (uint32_t i = 0; i < part->edge_count; i++)
        varint_add(out, task->sent[i]);
    for (uint32_t i = 0; i < part->input_count; i++) {
        const struct figures_input_count *input = &task->inputs[i];
        varint_add(out, input->executed);
        varint_add(out, input->acked);
        varint_add(out, input->failed);
        varint_add(out, input->execute_ns);
        varint_add(out, input->process_ns);
    }
}

static void put_metric(struct writer *writer, const struct figures_metric *metric)
{
    put_text(writer->out, metric->name);
    varint_add(writer->out, metric->kind);
    switch (metric->kind) {
    case FIGURES_COUNTER:
        varint_add(writer->out, metric->count);
        return;
    case FIGURES_GAUGE:
        put_real(writer->out, metric->value);
        return;
    case FIGURES_HISTOGRAM:
        put_histogram(writer, metric->histogram);
        return;
    }
    UNREACHABLE();
}

static void put_task(struct writer *writer, const struct figures_part *part,
                     const struct figures_task *task)
{
    struct text *out = writer->out;

    ASSERT(task->metric_count <= FIGURES_METRICS_MAX);
    varint_add(out, task->index);
    varint_add(out, task->loop);
    put_counts(out, part, task);
    if (part->is_spout) {
        varint_add(out, task->acked);
        varint_add(out, task->failed);
        varint_add(out, task->timed_out);
        varint_add(out, task->refused);
        varint_add(out, task->complete_ns);
    }
    varint_add(out, task->open);
    varint_add(out, task->busy_ns);
    varint_add(out, task->blocked_ns);
    varint_add(out, task->queue_bytes);
    varint_add(out, task->queue_limit_bytes);
    put_histogram(writer, task->latency_ns);
    varint_add(out, task->metric_count);
    for (uint32_t i = 0; i < task->metric_count; i++)
        put_metric(writer, &task->metrics[i]);
}

/* Writing goes on for at most one task beyond the limits. */
static bool write_part(struct writer *writer, const struct figures_part *part)
{
    put_head(writer, part);
    varint_add(writer->out, part->task_count);
    for (uint32_t i = 0; i < part->task_count; i++) {
        put_task(writer, part, &part->tasks[i]);
        if (text_size(writer->out) > FIGURES_PART_MAX)
            return false;
    }
    return text_size(writer->out) <= FIGURES_PART_MAX &&
           writer->histograms <= FIGURES_HISTOGRAMS_MAX;
}

bool figures_encode(const struct figures_part *part, struct text *out)
{
    AUTO(text_done) struct text bytes = {0};
    struct writer writer = {.out = &bytes};

    if (!write_part(&writer, part))
        return false;
    text_add_bytes(out, text_data(&bytes), text_size(&bytes));
    return true;
}

/* ---- memory of what is decoded ---- */

/* Given back with all others. */
struct piece {
    struct piece *next;
    _Alignas(8) uint8_t bytes[];
};

struct figures_decoded {
    struct figures_part part;
    struct piece *pieces;
    size_t bytes;
    uint32_t histograms; /* not empty */
};

const struct figures_part *figures_decoded_part(const struct figures_decoded *decoded)
{
    return &decoded->part;
}

size_t figures_decoded_bytes(const struct figures_decoded *decoded)
{
    return decoded->bytes;
}

void figures_decoded_destroy(struct figures_decoded **decoded)
{
    if (*decoded == NULL)
        return;
    for (struct piece *next, *piece = (*decoded)->pieces; piece != NULL; piece = next) {
        next = piece->next;
        free(piece);
    }
    free(*decoded);
    *decoded = NULL;
}

/* ---- reading ---- */

struct reader {
    const uint8_t *at;
    size_t left;
    struct figures_decoded *decoded; /* NULL: only numbers are read */
    struct error *error;             /* of the caller, or NULL */
    enum err failed;                 /* ERR_OK so far */
};

static COLD void give_up(struct reader *reader, enum err code, const char *what)
{
    if (reader->failed == ERR_OK)
        reader->failed = error_set(reader->error, code, "%s", what);
    reader->left = 0;
}

/* Zeroed; NULL if it would be too much. */
static void *keep(struct reader *reader, size_t count, size_t size)
{
    struct figures_decoded *decoded = reader->decoded;
    size_t bytes =
        sizeof(struct piece) + count * size; /* counts are below 2^17: see take_count() */

    if (reader->failed == ERR_OK && bytes > FIGURES_DECODED_MAX - decoded->bytes)
        give_up(reader, ERR_LIMIT, "the figures are too many for a part");
    if (reader->failed != ERR_OK || count == 0)
        return NULL;
    struct piece *piece = mem_alloc(bytes);
    piece->next = decoded->pieces;
    decoded->pieces = piece;
    decoded->bytes += bytes;
    return piece->bytes;
}

#define KEEP(reader, type, count) ((type *)keep((reader), (count), sizeof(type)))

/* There is one way to write a number: its last byte is not 0, but for the number 0. */
static uint64_t take_number(struct reader *reader)
{
    const uint8_t *begin = reader->at;
    uint64_t value;

    if (varint_decode(&reader->at, &reader->left, &value) &&
        (reader->at == begin + 1 || reader->at[-1] != 0))
        return value;
    give_up(reader, ERR_CORRUPT, "a number of the figures is damaged");
    return 0;
}

/* At most `max`, else the figures are refused and it is 0. */
static uint32_t take_below(struct reader *reader, uint64_t max)
{
    uint64_t value = take_number(reader);

    if (value <= max)
        return (uint32_t)value;
    give_up(reader, ERR_LIMIT, "a number of the figures is too large");
    return 0;
}

/* Of things that take at least a byte each, and so are not more than there are bytes. */
static uint32_t take_count(struct reader *reader, uint32_t max)
{
    uint32_t count = take_below(reader, max);

    if (count <= reader->left)
        return count;
    give_up(reader, ERR_CORRUPT, "the figures end too early");
    return 0;
}

/* Never NULL. */
static const char *take_text(struct reader *reader)
{
    uint32_t size = take_count(reader, FIGURES_NAME_MAX);

    if (size == 0 || memchr(reader->at, 0, size) != NULL) {
        give_up(reader, ERR_CORRUPT, "a name in the figures is none");
        return "";
    }
    char *text = KEEP(reader, char, size + 1);
    if (text == NULL)
        return "";
    memcpy(text, reader->at, size);
    reader->at += size;
    reader->left -= size;
    return text;
}

static double take_real(struct reader *reader)
{
    double value;

    if (reader->left < sizeof value) {
        give_up(reader, ERR_CORRUPT, "the figures end too early");
        return 0;
    }
    uint64_t bits = bytes_get_u64(reader->at);
    reader->at += sizeof bits;
    reader->left -= sizeof bits;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Returns the last of them. */
static uint32_t take_buckets(struct reader *reader, uint32_t count, struct histogram *histogram)
{
    uint64_t next = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint64_t bucket = next + take_below(reader, HISTOGRAM_BUCKETS - 1);
        uint64_t values = take_number(reader);
        if (bucket >= HISTOGRAM_BUCKETS || values == 0 ||
            values > UINT64_MAX - histogram_count(histogram)) {
            give_up(reader, ERR_CORRUPT, "a histogram of the figures is damaged");
            return 0;
        }
        histogram_put_bucket(histogram, (uint32_t)bucket, values);
        next = bucket + 1;
    }
    return (uint32_t)next - 1;
}

static const struct histogram *take_histogram(struct reader *reader)
{
    uint32_t count = take_count(reader, HISTOGRAM_BUCKETS);

    if (count == 0)
        return NULL;
    if (reader->decoded->histograms++ == FIGURES_HISTOGRAMS_MAX)
        give_up(reader, ERR_LIMIT, "the figures have too many histograms");
    uint64_t sum = take_number(reader);
    uint64_t max = take_number(reader);
    struct histogram *histogram = KEEP(reader, struct histogram, 1);
    if (histogram == NULL)
        return NULL;
    if (take_buckets(reader, count, histogram) != histogram_bucket(max))
        give_up(reader, ERR_CORRUPT, "the maximum in a histogram of the figures is none");
    histogram_put_rest(histogram, sum, max);
    return histogram;
}

static void take_outputs(struct reader *reader, struct figures_part *part)
{
    uint32_t count = take_count(reader, FIGURES_STREAMS_MAX);
    struct figures_output *outputs = KEEP(reader, struct figures_output, count);

    if (outputs == NULL)
        return;
    for (uint32_t i = 0; i < count; i++)
        outputs[i].stream = take_text(reader);
    part->output_count = count;
    part->outputs = outputs;
}

static void take_edges(struct reader *reader, struct figures_part *part)
{
    uint32_t count = take_count(reader, FIGURES_EDGES_MAX);
    struct figures_edge *edges = KEEP(reader, struct figures_edge, count);

    if (edges == NULL)
        return;
    for (uint32_t i = 0; i < count; i++) {
        edges[i].output = take_below(reader, FIGURES_STREAMS_MAX);
        edges[i].to = take_text(reader);
        if (edges[i].output >= part->output_count)
            give_up(reader, ERR_CORRUPT, "an edge of the figures is of no stream");
    }
    part->edge_count = count;
    part->edges = edges;
}

static void take_inputs(struct reader *reader, struct figures_part *part)
{
    uint32_t count = take_count(reader, FIGURES_STREAMS_MAX);
    struct figures_input *inputs = KEEP(reader, struct figures_input, count);

    if (inputs == NULL)
        return;
    for (uint32_t i = 0; i < count && reader->failed == ERR_OK; i++) {
        inputs[i].from = take_text(reader);
        inputs[i].stream = take_text(reader);
        inputs[i].execute_ns = take_histogram(reader);
        inputs[i].process_ns = take_histogram(reader);
    }
    part->input_count = count;
    part->inputs = inputs;
}

static void take_counts(struct reader *reader, const struct figures_part *part,
                        struct figures_task *task)
{
    struct figures_output_count *outputs =
        KEEP(reader, struct figures_output_count, part->output_count);
    uint64_t *sent = KEEP(reader, uint64_t, part->edge_count);
    struct figures_input_count *inputs =
        KEEP(reader, struct figures_input_count, part->input_count);

    for (uint32_t i = 0; outputs != NULL && i < part->output_count; i++) {
        outputs[i].emitted = take_number(reader);
        outputs[i].sent = take_number(reader);
    }
    for (uint32_t i = 0; sent != NULL && i < part->edge_count; i++)
        sent[i] = take_number(reader);
    for (uint32_t i = 0; inputs != NULL && i < part->input_count; i++) {
        inputs[i].executed = take_number(reader);
        inputs[i].acked = take_number(reader);
        inputs[i].failed = take_number(reader);
        inputs[i].execute_ns = take_number(reader);
        inputs[i].process_ns = take_number(reader);
    }
    task->outputs = outputs;
    task->sent = sent;
    task->inputs = inputs;
}

static void take_metric(struct reader *reader, struct figures_metric *metric)
{
    metric->name = take_text(reader);
    metric->kind = (enum figures_metric_kind)take_below(reader, FIGURES_HISTOGRAM);
    switch (metric->kind) {
    case FIGURES_COUNTER:
        metric->count = take_number(reader);
        return;
    case FIGURES_GAUGE:
        metric->value = take_real(reader);
        return;
    case FIGURES_HISTOGRAM:
        metric->histogram = take_histogram(reader);
        return;
    }
}

static void take_metrics(struct reader *reader, struct figures_task *task)
{
    uint32_t count = take_count(reader, FIGURES_METRICS_MAX);
    struct figures_metric *metrics = KEEP(reader, struct figures_metric, count);

    if (metrics == NULL)
        return;
    for (uint32_t i = 0; i < count && reader->failed == ERR_OK; i++)
        take_metric(reader, &metrics[i]);
    task->metric_count = count;
    task->metrics = metrics;
}

static void take_task(struct reader *reader, const struct figures_part *part,
                      struct figures_task *task)
{
    task->index = take_below(reader, UINT32_MAX);
    task->loop = take_below(reader, UINT32_MAX);
    take_counts(reader, part, task);
    if (part->is_spout) {
        task->acked = take_number(reader);
        task->failed = take_number(reader);
        task->timed_out = take_number(reader);
        task->refused = take_number(reader);
        task->complete_ns = take_number(reader);
    }
    task->open = take_number(reader);
    task->busy_ns = take_number(reader);
    task->blocked_ns = take_number(reader);
    task->queue_bytes = take_number(reader);
    task->queue_limit_bytes = take_number(reader);
    task->latency_ns = take_histogram(reader);
    take_metrics(reader, task);
}

static void take_tasks(struct reader *reader, struct figures_part *part)
{
    uint32_t count = take_count(reader, FIGURES_PART_MAX);
    struct figures_task *tasks = KEEP(reader, struct figures_task, count);

    if (tasks == NULL)
        return;
    for (uint32_t i = 0; i < count && reader->failed == ERR_OK; i++)
        take_task(reader, part, &tasks[i]);
    part->task_count = count;
    part->tasks = tasks;
}

static void take_part(struct reader *reader, struct figures_part *part)
{
    if (take_number(reader) != FIGURES_VERSION)
        give_up(reader, ERR_VERSION, "the figures are of another version");
    part->component = take_text(reader);
    part->is_spout = take_below(reader, 1) == 1;
    part->uptime_ns = take_number(reader);
    take_outputs(reader, part);
    take_edges(reader, part);
    take_inputs(reader, part);
    part->complete_ns = take_histogram(reader);
    take_tasks(reader, part);
    if (reader->left > 0)
        give_up(reader, ERR_CORRUPT, "something follows the figures");
}

enum err figures_decode(const void *bytes, size_t size, struct figures_decoded **ret_decoded,
                        struct error *error)
{
    AUTO(figures_decoded_destroy) struct figures_decoded *decoded = NEW(struct figures_decoded);
    struct reader reader = {.at = bytes, .left = size, .decoded = decoded, .error = error};

    decoded->bytes = sizeof *decoded;
    if (size > FIGURES_PART_MAX)
        return error_set(error, ERR_LIMIT, "a part of figures has %zu bytes, above %d", size,
                         FIGURES_PART_MAX);
    take_part(&reader, &decoded->part);
    if (reader.failed != ERR_OK)
        return reader.failed;
    *ret_decoded = TAKE(decoded);
    return ERR_OK;
}

/* ---- between worker and supervisor ---- */

void figures_message_head(uint64_t set, uint32_t index, uint32_t count, struct text *out)
{
    const uint8_t mark = FIGURES_MESSAGE;

    ASSERT(index < count && count <= FIGURES_PARTS_MAX);
    text_add_bytes(out, &mark, 1);
    varint_add(out, set);
    varint_add(out, index);
    varint_add(out, count);
}

enum err figures_message_decode(const void *bytes, size_t size, struct figures_message *ret_message,
                                struct error *error)
{
    struct reader reader = {.at = bytes, .left = size, .error = error};
    struct figures_message message = {.set = 0};

    if (size == 0 || *reader.at != FIGURES_MESSAGE)
        return error_set(error, ERR_CORRUPT, "the message has no figures");
    reader.at++;
    reader.left--;
    message.set = take_number(&reader);
    message.index = take_below(&reader, FIGURES_PARTS_MAX);
    message.count = take_below(&reader, FIGURES_PARTS_MAX);
    if (reader.failed != ERR_OK)
        return reader.failed;
    if (message.index >= message.count)
        return error_set(error, ERR_CORRUPT, "part %u of %u parts of figures", message.index,
                         message.count);
    if (reader.left == 0)
        return error_set(error, ERR_CORRUPT, "a part of figures is empty");
    if (reader.left > FIGURES_PART_MAX)
        return error_set(error, ERR_LIMIT, "a part of figures has %zu bytes, above %d", reader.left,
                         FIGURES_PART_MAX);
    message.part = reader.at;
    message.size = reader.left;
    *ret_message = message;
    return ERR_OK;
}
