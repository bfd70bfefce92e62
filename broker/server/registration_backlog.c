/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/server/registration_backlog.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void registration_backlog_init(struct registration_backlog *backlog, int32_t broker)
{
    *backlog = (struct registration_backlog){.writer = {.broker = broker}};
}

static void forget_removals(struct registration_backlog *backlog)
{
    for (size_t i = 0; i < backlog->removal_count; i++)
        free(backlog->removals[i]);
    free(backlog->removals);
    backlog->removals = NULL;
    backlog->removal_count = 0;
}

void registration_backlog_done(struct registration_backlog *backlog)
{
    forget_removals(backlog);
    registration_writer_done(&backlog->writer);
    registration_topics_destroy(&backlog->topics);
    registration_topics_destroy(&backlog->told);
    free(backlog->is_settled);
    backlog->is_settled = NULL;
}

void registration_backlog_forget(struct registration_backlog *backlog)
{
    registration_writer_done(&backlog->writer);
    forget_removals(backlog); /* the list will tell */
    for (size_t i = 0; backlog->topics != NULL && i < backlog->topics->count; i++)
        backlog->is_settled[i] = false;
    backlog->next = 0;
    backlog->is_listed = false;
    backlog->failed_count = 0;
    backlog->text[0] = '\0';
}

/* ---- what there is ---- */

static void remove_later(struct registration_backlog *backlog, const char *name)
{
    size_t count = backlog->removal_count++;

    backlog->removals = mem_resize(backlog->removals, count + 1, sizeof *backlog->removals);
    backlog->removals[count] = mem_copy_text(name);
}

static bool has(const struct registration_topics *topics, const char *name)
{
    return registration_topics_find(topics, name) < topics->count;
}

/* Whether the topic's nodes are as they should be already. */
static bool was_settled(const struct registration_backlog *backlog,
                        const struct registration_topics *told, size_t i)
{
    const struct registration_topics *before = backlog->topics;

    if (before == NULL || before->leader_epoch != told->leader_epoch)
        return false;
    size_t place = registration_topics_find(before, told->items[i].name);
    return place < before->count && backlog->is_settled[place] &&
           registration_topic_equals(&before->items[place], &told->items[i]);
}

static void remove_dropped(struct registration_backlog *backlog,
                           const struct registration_topics *told)
{
    const struct registration_topics *before = backlog->topics;

    for (size_t i = 0; before != NULL && i < before->count; i++)
        if (!has(told, before->items[i].name))
            remove_later(backlog, before->items[i].name);
}

/* No topic is being written. */
static void adopt_told(struct registration_backlog *backlog)
{
    if (backlog->told == NULL)
        return;
    struct registration_topics *told = TAKE(backlog->told);
    bool *is_settled = NEW_ARRAY(bool, told->count);
    for (size_t i = 0; i < told->count; i++)
        is_settled[i] = was_settled(backlog, told, i);
    remove_dropped(backlog, told);
    free(backlog->is_settled);
    registration_topics_destroy(&backlog->topics);
    backlog->topics = told;
    backlog->is_settled = is_settled;
    backlog->next = 0;
}

void registration_backlog_tell(struct registration_backlog *backlog,
                               struct registration_topics **topics)
{
    registration_topics_destroy(&backlog->told);
    backlog->told = TAKE(*topics);
    if (!registration_writer_is_busy(&backlog->writer))
        adopt_told(backlog);
}

bool registration_backlog_has_topics(const struct registration_backlog *backlog)
{
    return backlog->topics != NULL;
}

void registration_backlog_list(struct registration_backlog *backlog, char *const names[],
                               size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!has(backlog->topics, names[i]))
            remove_later(backlog, names[i]);
    backlog->is_listed = true;
}

/* ---- one after the other ---- */

/* One that is there again is written, whatever it was. */
static void begin_removal(struct registration_backlog *backlog)
{
    char *name = backlog->removals[--backlog->removal_count];

    if (!has(backlog->topics, name))
        registration_writer_begin(&backlog->writer, name, NULL);
    free(name);
}

/* Begins with the next one that is not settled; false if there is none. */
static bool begin_topic(struct registration_backlog *backlog)
{
    const struct registration_topics *topics = backlog->topics;

    while (backlog->removal_count > 0) {
        begin_removal(backlog);
        if (registration_writer_is_busy(&backlog->writer))
            return true;
    }
    while (backlog->next < topics->count && backlog->is_settled[backlog->next])
        backlog->next++;
    if (backlog->next == topics->count)
        return false;
    const struct registration_topic *topic = &topics->items[backlog->next];
    registration_writer_begin(&backlog->writer, topic->name, topic);
    return true;
}

static void end_topic(struct registration_backlog *backlog)
{
    struct registration_writer *writer = &backlog->writer;

    if (writer->task == REGISTRATION_WRITER_FAILED) {
        backlog->failed_count++;
        memcpy(backlog->text, writer->text, sizeof writer->text);
    }
    if (writer->name != NULL && writer->topic != NULL)
        backlog->is_settled[backlog->next] = true;
    registration_writer_done(writer);
}

bool registration_backlog_send(struct registration_backlog *backlog, int32_t controller_epoch,
                               struct line *line, struct coord_calls *calls)
{
    struct registration_writer *writer = &backlog->writer;

    while (!registration_writer_is_busy(writer) || !registration_writer_send(writer, line, calls)) {
        end_topic(backlog);
        adopt_told(backlog);
        writer->controller_epoch = controller_epoch;
        writer->leader_epoch = backlog->topics->leader_epoch;
        if (!begin_topic(backlog))
            return false;
    }
    return true;
}

void registration_backlog_answer(struct registration_backlog *backlog,
                                 const struct coord_event *event)
{
    registration_writer_answer(&backlog->writer, event);
}

void registration_backlog_lose(struct registration_backlog *backlog)
{
    if (registration_writer_is_busy(&backlog->writer))
        registration_writer_restart(&backlog->writer);
}
