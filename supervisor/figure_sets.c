/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/figure_sets.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "coord/state/fields.h"

static void drop(struct figure_set *set)
{
    for (uint32_t i = 0; i < set->count; i++)
        text_done(&set->parts[i]);
    free(set->parts);
    *set = (struct figure_set){.count = 0};
}

void figure_sets_done(struct figure_sets *sets)
{
    drop(&sets->coming);
    for (size_t i = 0; i < COUNT_OF(sets->waiting); i++)
        drop(&sets->waiting[i]);
}

/* ---- parts that come ---- */

static bool is_same(const struct figure_source *one, const struct figure_source *other)
{
    return one->slot == other->slot && one->incarnation == other->incarnation &&
           strcmp(one->topology, other->topology) == 0;
}

static void begin(struct figure_set *set, const struct figure_source *source,
                  const struct figures_message *message)
{
    drop(set);
    set->source = *source;
    set->number = message->set;
    set->count = message->count;
    set->parts = NEW_ARRAY(struct text, message->count);
}

/* At the end of the list, or over the one of the same process. If there is no end, the oldest goes. */
static void let_wait(struct figure_sets *sets)
{
    size_t last = 0;

    while (last + 1 < COUNT_OF(sets->waiting) && sets->waiting[last].count > 0 &&
           !is_same(&sets->waiting[last].source, &sets->coming.source))
        last++;
    struct figure_set *place = &sets->waiting[last];
    if (place->count > 0 && !is_same(&place->source, &sets->coming.source)) {
        drop(&sets->waiting[0]);
        memmove(&sets->waiting[0], &sets->waiting[1], last * sizeof *place);
        *place = (struct figure_set){.count = 0};
    }
    drop(place);
    *place = sets->coming;
    sets->coming = (struct figure_set){.count = 0};
}

enum err figure_sets_take(struct figure_sets *sets, const struct figure_source *source,
                          const struct figures_message *message, struct error *error)
{
    struct figure_set *set = &sets->coming;

    if (set->count == 0 || set->number != message->set || !is_same(&set->source, source))
        begin(set, source, message);
    if (message->count != set->count || text_size(&set->parts[message->index]) > 0) {
        drop(set);
        return error_set(error, ERR_CORRUPT,
                         "part %u of set %llu of figures came twice, or of two sizes",
                         message->index, (unsigned long long)message->set);
    }
    if (message->size > FIGURE_SETS_BYTES_MAX - set->bytes) {
        drop(set);
        return error_set(error, ERR_LIMIT, "a set of figures has more than %d bytes",
                         FIGURE_SETS_BYTES_MAX);
    }
    text_add_bytes(&set->parts[message->index], message->part, message->size);
    set->bytes += message->size;
    if (++set->taken == set->count)
        let_wait(sets);
    return ERR_OK;
}

/* ---- messages ---- */

void figure_post_done(struct figure_post *post)
{
    json_decref(post->args);
    post->args = NULL;
    text_done(&post->body);
}

bool figure_post_flush(struct figure_post *post)
{
    bool is_sent = post->args == NULL || post->send(post->context, post->args,
                                                    text_data(&post->body), text_size(&post->body));

    figure_post_done(post);
    return is_sent;
}

static void begin_message(struct figure_post *post)
{
    post->args = json_object();
    fields_put_text(post->args, "supervisor", post->supervisor);
    fields_put(post->args, "workers", json_array());
}

/* The list of sizes that parts of this set go to. */
static json_t *begin_worker(struct figure_post *post, const struct figure_source *source)
{
    json_t *worker = json_object();

    if (post->args == NULL)
        begin_message(post);
    fields_put_text(worker, "topology", source->topology);
    fields_put_number(worker, "slot", source->slot);
    fields_put_number(worker, "incarnation", source->incarnation);
    fields_put(worker, "sizes", json_array());
    fields_append(json_object_get(post->args, "workers"), worker);
    return json_object_get(worker, "sizes");
}

static bool post_set(const struct figure_set *set, struct figure_post *post)
{
    json_t *sizes = NULL;

    for (uint32_t i = 0; i < set->count; i++) {
        size_t size = text_size(&set->parts[i]);
        if (text_size(&post->body) + size > FIGURE_SETS_BODY_MAX) {
            if (!figure_post_flush(post))
                return false;
            sizes = NULL;
        }
        if (sizes == NULL)
            sizes = begin_worker(post, &set->source);
        text_add_bytes(&post->body, text_data(&set->parts[i]), size);
        fields_append(sizes, json_integer((json_int_t)size));
    }
    return true;
}

bool figure_sets_post(struct figure_sets *sets, struct figure_post *post)
{
    for (size_t i = 0; i < COUNT_OF(sets->waiting) && sets->waiting[i].count > 0; i++) {
        sets->waiting[i].is_posted = true;
        if (!post_set(&sets->waiting[i], post))
            return false;
    }
    return true;
}

void figure_sets_withdraw(struct figure_sets *sets)
{
    for (size_t i = 0; i < COUNT_OF(sets->waiting); i++)
        sets->waiting[i].is_posted = false;
}

void figure_sets_confirm(struct figure_sets *sets)
{
    size_t kept = 0;

    for (size_t i = 0; i < COUNT_OF(sets->waiting); i++) {
        struct figure_set set = sets->waiting[i];
        sets->waiting[i] = (struct figure_set){.count = 0};
        if (set.is_posted)
            drop(&set);
        else
            sets->waiting[kept++] = set;
    }
}
