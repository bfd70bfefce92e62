/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of records that were emitted; and commits.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sdk/log/io/reader.h"
#include "sdk/log/io/reader_parts.h"

#define LAST_COMMIT_NS  UINT64_C(5000000000)
#define COMMIT_AGAIN_MS 1000
#define NUMBER_SIZE     24 /* a number in digits, with its end */

#define DEAD_LETTER_LINGER_MS  5
#define DEAD_LETTER_TIMEOUT_MS 20000

void reader_wake(void *context)
{
    struct gale_log_reader *reader = context;

    reader->host->wake(reader->task);
}

void reader_finish(struct gale_log_reader *reader, uint32_t index)
{
    struct reader_slot *slot = &reader->slots[index];

    if (!reader->settings.is_at_most_once)
        progress_close(&reader->parts[slot->part].progress, slot->number);
    rd_kafka_message_destroy(slot->message);
    free(slot->reason);
    *slot = (struct reader_slot){.next_free = reader->free_slot};
    reader->free_slot = index;
}

/* ---- again ---- */

static void put_retry(struct gale_log_reader *reader, uint32_t index)
{
    const struct reader_slot *slot = &reader->slots[index];
    uint64_t pause_ms = retries_pause_ms(&reader->settings.retries, slot->failures);
    struct retries_entry entry = {.due_ms = gale_now_ms(reader->task) + pause_ms,
                                  .offset = slot->message->offset,
                                  .part = slot->part,
                                  .slot = index};

    retries_put(&reader->retries, entry);
}

/* `next` may not be called for long, while trees are open or the spout is paused, and a batch takes a while:
 * commits go on, and the lag is told. */
void reader_ack(struct gale_log_reader *reader, uint64_t id)
{
    reader_finish(reader, (uint32_t)id);
    if (gale_now_ms(reader->task) >= reader->commit_due_ms)
        reader_commit_in_time(reader);
    reader_tell_lag(reader);
}

void reader_fail(struct gale_log_reader *reader, uint64_t id, const struct gale_failure *why)
{
    uint32_t index = (uint32_t)id;
    struct reader_slot *slot = &reader->slots[index];
    char reason[512];

    reader_tell_lag(reader);
    slot->failures++;
    bool never = why->kind == GALE_REFUSED; /* it is the same record: it would be refused again */
    if (retries_judge(&reader->settings.retries, slot->failures, never) == RETRIES_AGAIN) {
        put_retry(reader, index);
        return;
    }
    (void)snprintf(reason, sizeof reason, "%s%s%s", why->component,
                   why->component[0] != '\0' ? ": " : "", why->message);
    reader_give_up(reader, index, reason);
}

/* ---- dead letters ---- */

static void drop(struct gale_log_reader *reader, uint32_t index, const char *reason)
{
    const struct reader_slot *slot = &reader->slots[index];
    const struct reader_part *part = &reader->parts[slot->part];

    gale_log_error(
        reader->task,
        "record %" PRId64 " of '%s', partition %" PRId32 ", is given up, failures=%" PRIu32 ": %s",
        slot->message->offset, reader_topic(reader, part), part->partition, slot->failures, reason);
    gale_count(reader->given_up, 1);
    reader_finish(reader, index);
}

static struct producer_header text_header(const char *name, const char *text)
{
    return (struct producer_header){.name = name, .data = text, .size = strlen(text)};
}

static enum producer_put put_dead_letter(struct gale_log_reader *reader, uint32_t index,
                                         struct error *error)
{
    const struct reader_slot *slot = &reader->slots[index];
    const struct reader_part *part = &reader->parts[slot->part];
    const rd_kafka_message_t *message = slot->message;
    char partition[NUMBER_SIZE];
    char offset[NUMBER_SIZE];
    char failures[NUMBER_SIZE];

    (void)snprintf(partition, sizeof partition, "%" PRId32, part->partition);
    (void)snprintf(offset, sizeof offset, "%" PRId64, message->offset);
    (void)snprintf(failures, sizeof failures, "%" PRIu32, slot->failures);
    const struct producer_header headers[] = {
        text_header("gale.topic", reader_topic(reader, part)),
        text_header("gale.partition", partition),
        text_header("gale.offset", offset),
        text_header("gale.component", gale_task_component(reader->task)),
        text_header("gale.failures", failures),
        text_header("gale.reason", slot->reason),
    };
    struct producer_record record = {.topic = reader->settings.dead_letter,
                                     .key = message->key,
                                     .key_size = message->key_len,
                                     .value = message->payload,
                                     .value_size = message->len,
                                     .is_kept = true,
                                     .headers = headers,
                                     .header_count = COUNT_OF(headers),
                                     .context = (void *)((uintptr_t)index + 1)};

    return producer_put(reader->dead_letters, &record, error);
}

/* What cannot be written now waits as a record waits that failed. */
static void send_dead_letter(struct gale_log_reader *reader, uint32_t index)
{
    struct reader_slot *slot = &reader->slots[index];
    struct error error;

    if (reader->dead_letters == NULL) {
        drop(reader, index, slot->reason);
        return;
    }
    switch (put_dead_letter(reader, index, &error)) {
    case PRODUCER_TAKEN:
        reader->dead_count++;
        return;
    case PRODUCER_FULL:
        put_retry(reader, index);
        return;
    case PRODUCER_REFUSED:
        gale_log_error(reader->task, "the topic '%s' for dead letters: %s",
                       reader->settings.dead_letter, error.text);
        drop(reader, index, slot->reason);
        return;
    }
}

void reader_give_up(struct gale_log_reader *reader, uint32_t index, const char *reason)
{
    if (reader->dead_letters == NULL) {
        drop(reader, index, reason);
        return;
    }
    reader->slots[index].reason = mem_copy_text(reason);
    send_dead_letter(reader, index);
}

static void note_dead_letter(struct gale_log_reader *reader, const struct producer_report *report)
{
    uint32_t index = (uint32_t)((uintptr_t)report->context - 1);

    reader->dead_count--;
    if (report->why == NULL) {
        gale_count(reader->dead_lettered, 1);
        reader_finish(reader, index);
        return;
    }
    gale_log_error(reader->task, "cannot write to the topic '%s' for dead letters: %s",
                   reader->settings.dead_letter, report->why);
    put_retry(reader, index);
}

enum err reader_open_dead_letters(struct gale_log_reader *reader, struct error *error)
{
    struct producer_options options = {
        .brokers = reader->settings.brokers,
        .client_options = "",
        .acks = "all",
        .compression = "none",
        .is_idempotent = true,
        .linger_ms = DEAD_LETTER_LINGER_MS,
        .timeout_ms = DEAD_LETTER_TIMEOUT_MS,
        .wake = reader_wake,
        .context = reader,
    };

    return producer_open(&options, &reader->dead_letters, error);
}

static void reopen_dead_letters(struct gale_log_reader *reader)
{
    struct error error;

    producer_close(&reader->dead_letters);
    if (reader_open_dead_letters(reader, &error) != ERR_OK)
        gale_log_error(reader->task, "cannot write dead letters any more: %s", error.text);
}

void reader_hear_dead_letters(struct gale_log_reader *reader)
{
    struct producer_report report;
    char line[ERROR_TEXT_MAX];

    if (reader->dead_letters == NULL)
        return;
    while (producer_take_report(reader->dead_letters, &report))
        note_dead_letter(reader, &report);
    if (producer_take_line(reader->dead_letters, line))
        gale_warn(reader->task, "the log: %s", line);
    if (producer_is_broken(reader->dead_letters) && reader->dead_count == 0)
        reopen_dead_letters(reader);
}

bool reader_take_retry(struct gale_log_reader *reader, uint32_t *ret_slot)
{
    struct retries_entry entry;

    while (retries_take(&reader->retries, gale_now_ms(reader->task), &entry)) {
        if (reader->slots[entry.slot].reason == NULL) {
            *ret_slot = entry.slot;
            return true;
        }
        send_dead_letter(reader, entry.slot);
    }
    return false;
}

/* ---- commits ---- */

static int64_t committable(const struct gale_log_reader *reader, const struct reader_part *part)
{
    return reader->settings.is_at_most_once ? part->position : progress_offset(&part->progress);
}

bool reader_begin_commit(struct gale_log_reader *reader)
{
    struct consumer_commit *commits;
    size_t count = 0;

    if (consumer_is_committing(reader->consumer))
        return true;
    commits = NEW_ARRAY(struct consumer_commit, reader->part_count);
    for (uint32_t i = 0; i < reader->part_count; i++) {
        struct reader_part *part = &reader->parts[i];
        part->committing = committable(reader, part);
        if (part->committing != part->committed)
            commits[count++] = (struct consumer_commit){.topic = reader_topic(reader, part),
                                                        .partition = part->partition,
                                                        .offset = part->committing};
    }
    if (count > 0)
        consumer_commit(reader->consumer, commits, count);
    free(commits);
    return count > 0;
}

void reader_commit(struct gale_log_reader *reader)
{
    if (!reader->settings.is_at_most_once)
        (void)reader_begin_commit(reader);
}

void reader_commit_in_time(struct gale_log_reader *reader)
{
    uint64_t now_ms = gale_now_ms(reader->task);

    while (reader_hear_news(reader, 0))
        continue;
    if (reader->settings.is_at_most_once || now_ms < reader->commit_due_ms)
        return;
    reader->commit_due_ms = now_ms + reader->settings.commit_ms;
    (void)reader_begin_commit(reader);
}

static void note_committed(struct gale_log_reader *reader)
{
    gale_count(reader->commits, 1);
    for (uint32_t i = 0; i < reader->part_count; i++)
        reader->parts[i].committed = reader->parts[i].committing;
    if (reader->batch_state == READER_BATCH_COMMITTING)
        reader->batch_state = READER_BATCH_READY;
}

static void note_commit_failure(struct gale_log_reader *reader, const char *why)
{
    gale_count(reader->commit_failures, 1);
    gale_warn(reader->task, "offsets are not committed, which is tried again: %s", why);
    reader->commit_due_ms = gale_now_ms(reader->task) + COMMIT_AGAIN_MS;
    if (reader->batch_state == READER_BATCH_COMMITTING)
        reader->batch_state = READER_BATCH_TO_COMMIT;
}

bool reader_hear_news(struct gale_log_reader *reader, int timeout_ms)
{
    char text[ERROR_TEXT_MAX];

    switch (consumer_poll(reader->consumer, timeout_ms, text)) {
    case CONSUMER_NO_NEWS:
        return false;
    case CONSUMER_COMMITTED:
        note_committed(reader);
        return true;
    case CONSUMER_COMMIT_FAILED:
        note_commit_failure(reader, text);
        return true;
    case CONSUMER_SAYS:
        gale_warn(reader->task, "the log: %s", text);
        return true;
    case CONSUMER_IS_TOLD:
        return true;
    }
    return false;
}

static void wait_for_commit(struct gale_log_reader *reader, uint64_t until_ns)
{
    while (consumer_is_committing(reader->consumer) && clock_now_ns() < until_ns)
        (void)reader_hear_news(reader, 100);
}

void reader_commit_last(struct gale_log_reader *reader)
{
    uint64_t until_ns = clock_now_ns() + LAST_COMMIT_NS;

    wait_for_commit(reader, until_ns);
    reader_commit(reader);
    wait_for_commit(reader, until_ns);
    if (consumer_is_committing(reader->consumer))
        gale_warn(reader->task, "the last offsets are not committed: no answer");
}
