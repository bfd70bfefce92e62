/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that a spout keeps by message id while their trees are open, so that one that failed can be
 * emitted again.
 *
 *     next:  if (gale_kept_again(&kept, &id, &text)) emit it again;
 *            else { gale_kept_put(&kept, id, text); emit it for the first time; }
 *     ack:   gale_kept_drop(&kept, id);
 *     fail:  gale_kept_fail(&kept, id, 0, &failures);
 *
 * As `next` is called only while fewer than `max_pending` trees are open, no more texts than that
 * are kept. Putting and dropping cost a short copy and no allocation: a text lies in a slot, whose
 * room is used again, the last one first. Slots are found by id through chains: ids that count up
 * have chains of one slot, whatever the order in which they are settled.
 *
 * A table that is all zeros is empty and owns nothing. Out of memory aborts.
 */
#ifndef GALE_READY_KEPT_H
#define GALE_READY_KEPT_H

#include <gale/gale.h>

#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GALE_KEPT_ROOM 4096u /* bytes; a free slot keeps no more room than this */

struct gale_kept_slot {
    uint64_t id;
    char *text;
    uint32_t length;
    uint32_t capacity;
    uint32_t failures;
    uint32_t next; /* slot in the same chain or list; 0: none, so slot 0 is not used */
};

struct gale_kept {
    struct gale_kept_slot *slots; /* slot_count + 1 of them */
    uint32_t *chains;             /* open texts by id: chain_mask + 1 heads */
    uint32_t slot_count;
    uint32_t chain_mask;
    uint32_t free_head;
    uint32_t failed_head; /* a queue: texts to be emitted again, in no chain */
    uint32_t failed_tail;
};

static inline void *gale_kept_resize(void *memory, size_t size)
{
    void *resized = realloc(memory, size);

    if (resized == NULL)
        abort();
    return resized;
}

static inline void gale_kept_done(struct gale_kept *kept)
{
    for (uint32_t slot = 1; slot <= kept->slot_count; slot++)
        free(kept->slots[slot].text);
    free(kept->slots);
    free(kept->chains);
    memset(kept, 0, sizeof *kept);
}

static inline void gale_kept_link(struct gale_kept *kept, uint32_t slot)
{
    uint32_t *chain = &kept->chains[kept->slots[slot].id & kept->chain_mask];

    kept->slots[slot].next = *chain;
    *chain = slot;
}

/* Takes an open text out of its chain; 0 if there is none with this id. */
static inline uint32_t gale_kept_unlink(struct gale_kept *kept, uint64_t id)
{
    uint32_t *at;
    uint32_t slot;

    if (kept->slot_count == 0)
        return 0;
    at = &kept->chains[id & kept->chain_mask];
    while (*at != 0 && kept->slots[*at].id != id)
        at = &kept->slots[*at].next;
    slot = *at;
    if (slot != 0)
        *at = kept->slots[slot].next;
    return slot;
}

/* Doubles the slots. Called when each of them is in a chain: none is free, none waits. */
static inline void gale_kept_grow(struct gale_kept *kept)
{
    uint32_t old = kept->slot_count;
    uint32_t count = old > 0 ? old * 2 : 64;
    size_t slots_size = ((size_t)count + 1) * sizeof *kept->slots;
    size_t chains_size = (size_t)count * 2 * sizeof *kept->chains;

    kept->slots = (struct gale_kept_slot *)gale_kept_resize(kept->slots, slots_size);
    memset(&kept->slots[old + 1], 0, (size_t)(count - old) * sizeof *kept->slots);
    kept->chains = (uint32_t *)gale_kept_resize(kept->chains, chains_size);
    memset(kept->chains, 0, chains_size);
    kept->slot_count = count;
    kept->chain_mask = count * 2 - 1;

    for (uint32_t slot = 1; slot <= old; slot++)
        gale_kept_link(kept, slot);
    for (uint32_t slot = count; slot > old; slot--) {
        kept->slots[slot].next = kept->free_head;
        kept->free_head = slot;
    }
}

/* Copies the text, of at most 4 GiB. No open text may have this id. */
static inline void gale_kept_put(struct gale_kept *kept, uint64_t id, struct gale_str text)
{
    struct gale_kept_slot *slot;
    uint32_t index;

    /* A spout that first asks gale_kept_again() finds the queue empty here. */
    if (kept->free_head == 0)
        gale_kept_grow(kept);
    index = kept->free_head;
    slot = &kept->slots[index];
    kept->free_head = slot->next;
    if (slot->capacity < text.length) {
        slot->capacity = text.length < 128 ? 128 : (uint32_t)text.length;
        slot->text = (char *)gale_kept_resize(slot->text, slot->capacity);
    }
    if (text.length > 0)
        memcpy(slot->text, text.data, text.length);
    slot->id = id;
    slot->length = (uint32_t)text.length;
    slot->failures = 0;
    gale_kept_link(kept, index);
}

/* The last slot that was freed is the next to be used: its text is still in the cache. */
static inline void gale_kept_release(struct gale_kept *kept, uint32_t index)
{
    struct gale_kept_slot *slot = &kept->slots[index];

    if (slot->capacity > GALE_KEPT_ROOM) {
        free(slot->text);
        slot->text = NULL;
        slot->capacity = 0;
    }
    slot->next = kept->free_head;
    kept->free_head = index;
}

/* Forgets an open text. */
static inline void gale_kept_drop(struct gale_kept *kept, uint64_t id)
{
    uint32_t slot = gale_kept_unlink(kept, id);

    if (slot != 0)
        gale_kept_release(kept, slot);
}

/* Queues an open text to be emitted again and returns true; or forgets it and returns false, if it
 * has now failed `failures_max` times (0: no limit). */
static inline bool gale_kept_fail(struct gale_kept *kept, uint64_t id, uint64_t failures_max,
                                  uint32_t *ret_failures)
{
    uint32_t index = gale_kept_unlink(kept, id);
    struct gale_kept_slot *slot;

    if (index == 0)
        return true;
    slot = &kept->slots[index];
    *ret_failures = ++slot->failures;
    if (failures_max > 0 && slot->failures >= failures_max) {
        gale_kept_release(kept, index);
        return false;
    }
    slot->next = 0;
    if (kept->failed_head == 0)
        kept->failed_head = index;
    else
        kept->slots[kept->failed_tail].next = index;
    kept->failed_tail = index;
    return true;
}

/* Takes the next failed text off the queue; it is open again. Borrowed until it is dropped. */
static inline bool gale_kept_again(struct gale_kept *kept, uint64_t *ret_id,
                                   struct gale_str *ret_text)
{
    uint32_t index = kept->failed_head;
    struct gale_kept_slot *slot;

    if (index == 0)
        return false;
    slot = &kept->slots[index];
    kept->failed_head = slot->next;
    gale_kept_link(kept, index);
    *ret_id = slot->id;
    *ret_text = gale_str_of(slot->text, slot->length);
    return true;
}

#ifdef __cplusplus
}
#endif

#endif
