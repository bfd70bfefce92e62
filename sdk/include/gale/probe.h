/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests one spout or bolt of a topology: no cluster, no threads, no clock.
 *
 *     struct gale_probe *probe = gale_probe_new(&gale_topology, "splitter");
 *     struct sentence in = {.text = gale_str("the cow jumped")};
 *
 *     assert(gale_probe_give(probe, sentences, &in) == GALE_ACK);
 *     assert(gale_probe_count(probe) == 3);
 *     assert(gale_str_equal(gale_probe_got(probe, 1, words)->text, gale_str("cow")));
 *     gale_probe_destroy(&probe);
 *
 *     cc word_count_test.c $(pkg-config --cflags --libs gale-probe)
 *
 * The probe is the runtime around one task. It calls user code only when the runtime would, keeps
 * what is emitted, and knows what became of each tuple. Every tuple is its own piece of memory:
 * under AddressSanitizer, user code that reads a tuple after its time is caught.
 *
 * Two kinds of mistake end differently. User code that breaks a rule of the SDK, or refuses to
 * open, is stopped as by the runtime: the reason goes to stderr and gale_probe_error() has it; no
 * user code but `close` is called again. A mistake of the test itself (a component that does not
 * exist, an index beyond the last tuple) prints one line to stderr and aborts.
 *
 * A probe belongs to one thread. What a function returns a pointer to is borrowed until the next
 * gale_probe_clear() or until the probe is destroyed, unless said otherwise.
 */
#ifndef GALE_PROBE_H
#define GALE_PROBE_H

#include <gale/gale.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

#define GALE_PROBE_TUPLES_MAX 16777216u /* given to a probe; emitted since the last clear */
#define GALE_PROBE_LOG_MAX    65536u    /* log lines since the last clear; later ones are dropped */

struct gale_probe;

/* ---- setting up ---- */

/* A probe for the first task of the component. The topology must stay as long as the probe; a
 * broken one, or a name that is not in it, is a mistake of the test. */
struct gale_probe *gale_probe_new(const struct gale_topology *topology, const char *component);

/* Closes the task if that was not done, and sets *probe to NULL. NULL inside is allowed. */
void gale_probe_destroy(struct gale_probe **probe);

/* Before the task opens: a setting, as from `-c key=value`; it beats the topology's. */
void gale_probe_set(struct gale_probe *probe, const char *key, const char *value);

/* Before the task opens: one more of the arguments that stand after `--`. */
void gale_probe_arg(struct gale_probe *probe, const char *argument);

/* Before the task opens: which of the component's tasks it is; 0 if this is not called. */
void gale_probe_set_task_index(struct gale_probe *probe, uint32_t index);

/* What gale_now_ms() says, 0 at first. It may not go back. */
void gale_probe_set_time_ms(struct gale_probe *probe, uint64_t now_ms);

/* ---- running ---- */

/* Opens the task, and activates a spout. The first call of any function below does the same. */
enum gale_err gale_probe_open(struct gale_probe *probe);

/* NULL while all is well, else why the task could not open or was stopped. */
const char *gale_probe_error(const struct gale_probe *probe);

/* Each of these calls the function of this name, if the component has one. */
void gale_probe_tick(struct gale_probe *probe);
void gale_probe_finish(struct gale_probe *probe); /* bolts */
void gale_probe_activate(struct gale_probe *probe);
void gale_probe_deactivate(struct gale_probe *probe);

/* Also fails what is still held. Afterwards there is only to look. */
void gale_probe_close(struct gale_probe *probe);

/* ---- bolts: giving tuples ---- */

#ifndef __cplusplus

/* Gives the bolt a tuple of stream `s`: gale_probe_give(probe, sentences, &sentence). It comes from
 * the first task of the first input that has the stream, and is the root of a tree of its own.
 * Returns what gale_probe_verdict() says of it; GALE_FAIL once the task is stopped. */
#define gale_probe_give(probe, s, ...) \
    GALE_FOR(s, gale_probe_give_record, __VA_ARGS__)((probe), &(s).stream, (__VA_ARGS__))

/* The same if several inputs have a stream of that name: from this component. */
#define gale_probe_give_from(probe, component, s, ...)    \
    GALE_FOR(s, gale_probe_give_record_from, __VA_ARGS__) \
    ((probe), (component), &(s).stream, (__VA_ARGS__))

#endif

enum gale_verdict gale_probe_give_record(struct gale_probe *probe, const struct gale_stream *stream,
                                         const void *record);
enum gale_verdict gale_probe_give_record_from(struct gale_probe *probe,
                                              const struct gale_component *from,
                                              const struct gale_stream *stream, const void *record);

/* The same by position, for streams without a struct: one value for each field. */
enum gale_verdict gale_probe_give_values(struct gale_probe *probe, const struct gale_stream *stream,
                                         const struct gale_value *values, uint32_t count);

/* What became of the n-th tuple given, counted from 0: GALE_HELD until it is settled. */
enum gale_verdict gale_probe_verdict(const struct gale_probe *probe, uint32_t n);

/* How many tuples the bolt holds. */
uint32_t gale_probe_held(const struct gale_probe *probe);

/* The reason of the last tuple that failed; "" if it gave none, or none has failed. Borrowed until
 * the next one fails. */
const char *gale_probe_reason(const struct gale_probe *probe);

/* ---- spouts ---- */

/* Calls `next`, and tells the spout of tuples that could not be sent. After GALE_DONE `next` is not
 * called until a tuple fails. Not allowed while as many trees are open as the component's
 * max_pending allows, or after gale_probe_deactivate(): the runtime would not call it either.
 * GALE_STOP once the task is stopped. */
enum gale_next gale_probe_next(struct gale_probe *probe);

/* Settle the oldest tree that is open and has this message id. The message of a failure may be
 * NULL. */
void gale_probe_ack(struct gale_probe *probe, uint64_t id);
void gale_probe_fail(struct gale_probe *probe, uint64_t id, enum gale_failure_kind kind,
                     const char *message);

/* How many trees are open. */
uint32_t gale_probe_pending(const struct gale_probe *probe);

/* ---- what was emitted ---- */

/* How many tuples were emitted since gale_probe_clear(). One emit is one tuple here, however many
 * tasks subscribe to the stream. */
uint32_t gale_probe_count(const struct gale_probe *probe);

/* Forgets emitted tuples and log lines. */
void gale_probe_clear(struct gale_probe *probe);

/* The name of the stream that an emitted tuple is on; the index counts from 0. */
const char *gale_probe_stream(const struct gale_probe *probe, uint32_t index);

#ifndef __cplusplus

/* The record of an emitted tuple, which must be on stream `s`. */
#define gale_probe_got(probe, index, s) \
    ((const __typeof__(*(s).carries) *)gale_probe_got_record((probe), (index), &(s).stream))

#endif

const void *gale_probe_got_record(struct gale_probe *probe, uint32_t index,
                                  const struct gale_stream *stream);

/* The same by position. */
struct gale_value gale_probe_got_value(const struct gale_probe *probe, uint32_t index,
                                       uint32_t field);

/* To how many of the given tuples it is anchored. */
uint32_t gale_probe_anchored(const struct gale_probe *probe, uint32_t index);

/* Whether it was emitted directly to this task of a component. */
bool gale_probe_is_direct_to(const struct gale_probe *probe, uint32_t index,
                             const struct gale_component *component, uint32_t task_index);

/* Whether it is a spout's root, and with which message id; there is none if it is not. */
bool gale_probe_is_tracked(const struct gale_probe *probe, uint32_t index);
uint64_t gale_probe_message_id(const struct gale_probe *probe, uint32_t index);

/* ---- metrics and log: what the component did not register is a mistake of the test ---- */

uint64_t gale_probe_counter(const struct gale_probe *probe, const char *name);
double gale_probe_gauge(const struct gale_probe *probe, const char *name);
uint64_t gale_probe_histogram_count(const struct gale_probe *probe, const char *name);
uint64_t gale_probe_histogram_sum(const struct gale_probe *probe, const char *name);

uint32_t gale_probe_log_count(const struct gale_probe *probe);
const char *gale_probe_log_line(const struct gale_probe *probe, uint32_t index);
enum gale_log_level gale_probe_log_level(const struct gale_probe *probe, uint32_t index);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
