/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/figures/watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define MINUTE_NS UINT64_C(60000000000)

static void free_downs(struct watch *watch)
{
    for (size_t i = 0; i < watch->down_count; i++)
        free(watch->downs[i].supervisor);
    free(watch->downs);
}

static void free_error(struct watch_error *error)
{
    free(error->component);
    free(error->text);
    free(error->supervisor);
}

void watch_done(struct watch *watch)
{
    free_downs(watch);
    for (size_t i = 0; i < watch->error_count; i++)
        free_error(&watch->errors[i]);
    free(watch->errors);
    *watch = (struct watch){.downs = NULL};
}

/* ---- Restarts ------------------------------------------------------------------------------ */

void watch_note_restarts(struct watch *watch, uint64_t restarts, uint64_t now_ns)
{
    uint64_t minute = now_ns / MINUTE_NS;

    if (minute - watch->minute >= WATCH_MINUTES)
        memset(watch->by_minute, 0, sizeof watch->by_minute);
    else
        for (uint64_t m = watch->minute + 1; m <= minute; m++)
            watch->by_minute[m % WATCH_MINUTES] = 0;
    watch->minute = minute;
    watch->by_minute[minute % WATCH_MINUTES] += restarts - watch->restarts;
    watch->restarts = restarts;
}

uint64_t watch_restarts_hour(const struct watch *watch, uint64_t now_ns)
{
    uint64_t minute = now_ns / MINUTE_NS;
    uint64_t restarts = 0;

    for (uint64_t m = 0; m < WATCH_MINUTES && m <= watch->minute; m++)
        if (minute - (watch->minute - m) < WATCH_MINUTES)
            restarts += watch->by_minute[(watch->minute - m) % WATCH_MINUTES];
    return restarts;
}

/* ---- Lag ----------------------------------------------------------------------------------- */

void watch_note_lag(struct watch *watch, uint64_t tick, bool is_known, uint64_t lag)
{
    if (tick % WATCH_LAG_STEP == 0)
        watch->lags[tick / WATCH_LAG_STEP % WATCH_LAGS] = (struct watch_lag){tick, is_known, lag};
}

bool watch_lags(const struct watch *watch, uint64_t tick, uint64_t ret_lags[VERDICT_LAGS])
{
    uint64_t last = tick - tick % WATCH_LAG_STEP;

    for (uint64_t i = 0; i < VERDICT_LAGS; i++) {
        uint64_t age = (VERDICT_LAGS - 1 - i) * VERDICT_LAG_S;
        if (age >= last)
            return false;
        const struct watch_lag *sample = &watch->lags[(last - age) / WATCH_LAG_STEP % WATCH_LAGS];
        if (sample->tick != last - age || !sample->is_known)
            return false;
        ret_lags[i] = sample->lag;
    }
    return true;
}

/* ---- Workers without a process ------------------------------------------------------------- */

void watch_put_downs(struct watch *watch, struct watch_down *downs, size_t count)
{
    struct watch_down *next = count == 0 ? NULL : NEW_ARRAY(struct watch_down, count);

    for (size_t i = 0; i < count; i++) {
        for (size_t old = 0; old < watch->down_count; old++)
            if (watch->downs[old].slot == downs[i].slot &&
                strcmp(watch->downs[old].supervisor, downs[i].supervisor) == 0)
                downs[i].since_ns = watch->downs[old].since_ns;
        next[i] = downs[i];
        next[i].supervisor = mem_copy_text(downs[i].supervisor);
    }
    free_downs(watch);
    watch->downs = next;
    watch->down_count = count;
}

/* ---- Errors -------------------------------------------------------------------------------- */

static struct watch_error *find_error(const struct watch *watch, const char *component)
{
    for (size_t i = 0; i < watch->error_count; i++)
        if (strcmp(watch->errors[i].component, component) == 0)
            return &watch->errors[i];
    return NULL;
}

const struct watch_error *watch_find_error(const struct watch *watch, const char *component)
{
    return find_error(watch, component);
}

static char *cut(const char *text)
{
    size_t size = strlen(text);
    char *copy;

    size = size > WATCH_TEXT_MAX ? WATCH_TEXT_MAX : size;
    while (size > 0 && ((unsigned char)text[size] & 0xC0) == 0x80)
        size--; /* not within a character */
    copy = mem_alloc(size + 1);
    memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

void watch_put_error(struct watch *watch, const struct watch_error *error)
{
    struct watch_error *kept = find_error(watch, error->component);
    struct watch_error next = *error;

    if (kept == NULL && watch->error_count == WATCH_ERRORS_MAX)
        return;
    if (kept == NULL) {
        watch->errors = mem_resize(watch->errors, watch->error_count + 1, sizeof *kept);
        kept = &watch->errors[watch->error_count++];
        *kept = (struct watch_error){.count = 0};
    }
    next.count += kept->count;
    next.component = mem_copy_text(error->component);
    next.text = cut(error->text);
    next.supervisor = mem_copy_text(error->supervisor);
    free_error(kept);
    *kept = next;
}
