/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/chorus.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define POLL_MIN_NS  UINT64_C(2000000)
#define POLL_MAX_NS  UINT64_C(500000000)
#define REPEAT_NS    UINT64_C(100000000)
#define NUDGE_NS     UINT64_C(20000000) /* at least, between two nudges of a member */
#define NUMBER_SHIFT 16

enum message_kind {
    MESSAGE_POLL = 1,
    MESSAGE_ANSWER = 2,
    MESSAGE_ORDER = 3,
    MESSAGE_DONE = 4,
};

enum {
    FLAG_RESTS = 1,
    FLAG_DONE = 2,
    FLAG_DRAINED = 4,
    FLAG_HOLDS = 8,
};

/* All that is said; little-endian, as everything that crosses. */
struct message {
    uint8_t kind;
    uint8_t flags; /* ANSWER */
    uint8_t order; /* ORDER */
    uint8_t zero;
    uint32_t rank;     /* ORDER */
    uint64_t number;   /* of the round or the order */
    uint64_t activity; /* ANSWER */
    uint64_t version;  /* of the assignment that the sender goes by */
};

_Static_assert(sizeof(struct message) == 32, "a message takes 32 bytes");

enum chorus_phase {
    CHORUS_WAITING,  /* until the next round */
    CHORUS_POLLING,  /* answers of a round are awaited */
    CHORUS_ORDERING, /* an order is being done */
    CHORUS_ENDED,
};

struct member {
    bool has_answered;
    bool is_heard; /* `activity` is of the round before */
    uint64_t activity;
};

struct chorus {
    const struct chorus_host *host;
    void *context;
    uint32_t rank_max;
    uint64_t version; /* of the assignment */
    uint32_t member_count;
    uint32_t self;
    struct member *members;
    enum chorus_phase phase;
    uint64_t round;
    uint64_t next_ns;   /* when there is something to be said */
    uint64_t pause_ns;  /* between rounds; grows while nothing comes of them */
    struct message all; /* this round's answers, together */
    bool is_same;       /* nobody did anything since the round before */
    bool was_moving;    /* somebody had, in the round before */
    uint64_t number;    /* of the last order given */
    enum chorus_order order;
    uint32_t rank;
    uint64_t obeyed;    /* as a member: the last order passed on to the own loops */
    bool was_confirmed; /* as a member: DONE was said of it */
    bool was_at_rest;   /* when we last looked: at rest, and done */
    uint64_t nudged_ns;
};

struct chorus *chorus_new(const struct chorus_host *host, void *context, uint32_t rank_max,
                          uint64_t seed)
{
    struct chorus *chorus = NEW(struct chorus);

    chorus->host = host;
    chorus->context = context;
    chorus->rank_max = rank_max;
    chorus->number = seed << NUMBER_SHIFT;
    chorus->round = seed << NUMBER_SHIFT;
    return chorus;
}

void chorus_destroy(struct chorus **chorus)
{
    if (*chorus == NULL)
        return;
    free((*chorus)->members);
    free(*chorus);
    *chorus = NULL;
}

void chorus_assign(struct chorus *chorus, uint64_t version, uint32_t members, uint32_t self)
{
    free(chorus->members);
    chorus->version = version;
    chorus->members = NEW_ARRAY(struct member, members);
    chorus->member_count = members;
    chorus->self = self;
    chorus->phase = CHORUS_WAITING;
    chorus->pause_ns = POLL_MIN_NS;
    chorus->next_ns = 0;
    chorus->rank = 0;
}

/* ---- what is said ---- */

static void say(struct chorus *chorus, uint32_t member, const struct message *message)
{
    struct message stamped = *message;

    stamped.version = chorus->version;
    chorus->host->say(chorus->context, member, &stamped, sizeof stamped);
}

/* To those who have not answered yet. */
static void say_to_others(struct chorus *chorus, const struct message *message)
{
    for (uint32_t i = 0; i < chorus->member_count; i++) {
        if (i != chorus->self && !chorus->members[i].has_answered)
            say(chorus, i, message);
    }
}

static struct message answer_of(const struct chorus_voice *voice, uint64_t round)
{
    unsigned flags = (voice->rests ? FLAG_RESTS : 0u) | (voice->is_done ? FLAG_DONE : 0u) |
                     (voice->is_drained ? FLAG_DRAINED : 0u) | (voice->holds ? FLAG_HOLDS : 0u);

    return (struct message){.kind = MESSAGE_ANSWER,
                            .flags = (uint8_t)flags,
                            .number = round,
                            .activity = voice->activity};
}

static bool all_have_answered(const struct chorus *chorus)
{
    for (uint32_t i = 0; i < chorus->member_count; i++) {
        if (!chorus->members[i].has_answered)
            return false;
    }
    return true;
}

static bool all_others_have_answered(const struct chorus *chorus)
{
    for (uint32_t i = 0; i < chorus->member_count; i++) {
        if (i != chorus->self && !chorus->members[i].has_answered)
            return false;
    }
    return true;
}

static void forget_answers(struct chorus *chorus)
{
    for (uint32_t i = 0; i < chorus->member_count; i++)
        chorus->members[i].has_answered = false;
}

/* ---- the lead: orders ---- */

static void repeat_order(struct chorus *chorus, uint64_t now_ns)
{
    struct message message = {.kind = MESSAGE_ORDER,
                              .order = (uint8_t)chorus->order,
                              .rank = chorus->rank,
                              .number = chorus->number};

    say_to_others(chorus, &message);
    chorus->next_ns = now_ns + REPEAT_NS;
}

static void give_order(struct chorus *chorus, enum chorus_order order, uint64_t now_ns)
{
    chorus->phase = CHORUS_ORDERING;
    chorus->order = order;
    chorus->number++;
    forget_answers(chorus);
    repeat_order(chorus, now_ns);
    chorus->host->obey(chorus->context, order, chorus->rank, chorus->number);
}

static void wait(struct chorus *chorus, uint64_t pause_ns, uint64_t now_ns)
{
    chorus->phase = CHORUS_WAITING;
    chorus->pause_ns = pause_ns < POLL_MAX_NS ? pause_ns : POLL_MAX_NS;
    chorus->next_ns = now_ns + chorus->pause_ns;
}

static void finish_order(struct chorus *chorus, uint64_t now_ns)
{
    if (chorus->order == CHORUS_CLOSE)
        chorus->phase = CHORUS_ENDED;
    else
        wait(chorus, POLL_MIN_NS, now_ns);
}

/* ---- the lead: rounds ---- */

static void begin_round(struct chorus *chorus, uint64_t now_ns)
{
    struct message message = {.kind = MESSAGE_POLL, .number = ++chorus->round};

    chorus->phase = CHORUS_POLLING;
    chorus->is_same = true;
    chorus->all = (struct message){.flags = FLAG_RESTS | FLAG_DONE | FLAG_DRAINED};
    forget_answers(chorus);
    say_to_others(chorus, &message);
    chorus->next_ns = now_ns + REPEAT_NS;
}

static void repeat_poll(struct chorus *chorus, uint64_t now_ns)
{
    struct message message = {.kind = MESSAGE_POLL, .number = chorus->round};

    say_to_others(chorus, &message);
    chorus->next_ns = now_ns + REPEAT_NS;
}

/* The end is approached as the conductor of a single worker does. */
static void conclude(struct chorus *chorus, uint64_t now_ns)
{
    bool is_drained = (chorus->all.flags & FLAG_DRAINED) != 0;
    bool holds = (chorus->all.flags & FLAG_HOLDS) != 0;

    if (holds && !is_drained) {
        give_order(chorus, CHORUS_FLUSH, now_ns);
    } else if (!is_drained) {
        wait(chorus, chorus->pause_ns * 2, now_ns);
    } else if (chorus->rank < chorus->rank_max) {
        chorus->rank++;
        give_order(chorus, CHORUS_FINISH, now_ns);
    } else {
        give_order(chorus, CHORUS_CLOSE, now_ns);
    }
}

static void end_round(struct chorus *chorus, uint64_t now_ns)
{
    const uint8_t needed = FLAG_RESTS | FLAG_DONE;
    bool was_moving = chorus->was_moving;

    chorus->was_moving = !chorus->is_same;
    if ((chorus->all.flags & needed) != needed)
        wait(chorus, chorus->pause_ns * 2, now_ns);
    else if (chorus->is_same)
        conclude(chorus, now_ns);
    else if (was_moving)
        wait(chorus, chorus->pause_ns, now_ns); /* it goes on: what ticks send, say */
    else
        begin_round(chorus, now_ns);
}

static void take_answer(struct chorus *chorus, uint32_t from, const struct message *answer)
{
    struct member *member = &chorus->members[from];

    chorus->is_same &= member->is_heard && member->activity == answer->activity;
    member->is_heard = member->has_answered = true;
    member->activity = answer->activity;
    chorus->all.flags &= (uint8_t)(answer->flags | FLAG_HOLDS);
    chorus->all.flags |= answer->flags & FLAG_HOLDS;
}

/* ---- both ---- */

/* Since the last look. */
static bool came_to_rest(struct chorus *chorus, const struct chorus_voice *own)
{
    bool was_at_rest = chorus->was_at_rest;

    chorus->was_at_rest = own->rests && own->is_done;
    return chorus->was_at_rest && !was_at_rest;
}

static void lead(struct chorus *chorus, const struct chorus_voice *own, uint64_t now_ns)
{
    struct member *self = &chorus->members[chorus->self];

    switch (chorus->phase) {
    case CHORUS_WAITING:
        /* As long as the lead itself is at work there is nothing to ask. */
        if (now_ns < chorus->next_ns && !came_to_rest(chorus, own))
            return;
        if (!own->rests || !own->is_done) {
            wait(chorus, chorus->pause_ns * 2, now_ns);
            return;
        }
        begin_round(chorus, now_ns);
        return;
    case CHORUS_POLLING:
        if (!self->has_answered && all_others_have_answered(chorus)) {
            struct message answer = answer_of(own, chorus->round);
            take_answer(chorus, chorus->self, &answer);
            end_round(chorus, now_ns);
        } else if (now_ns >= chorus->next_ns) {
            repeat_poll(chorus, now_ns);
        }
        return;
    case CHORUS_ORDERING:
        self->has_answered = own->obeyed == chorus->number;
        if (all_have_answered(chorus))
            finish_order(chorus, now_ns);
        else if (now_ns >= chorus->next_ns)
            repeat_order(chorus, now_ns);
        return;
    case CHORUS_ENDED:
        return;
    }
}

/* An answer that nobody has asked for, of round 0: the lead may want to begin a round now. */
static void nudge(struct chorus *chorus, const struct chorus_voice *own, uint64_t now_ns)
{
    struct message message = answer_of(own, 0);

    if (!came_to_rest(chorus, own) || now_ns < chorus->nudged_ns + NUDGE_NS)
        return;
    chorus->nudged_ns = now_ns;
    say(chorus, 0, &message);
}

static void follow(struct chorus *chorus, const struct chorus_voice *own, uint64_t now_ns)
{
    struct message message = {.kind = MESSAGE_DONE, .number = chorus->obeyed};

    nudge(chorus, own, now_ns);
    if (chorus->obeyed == 0 || chorus->was_confirmed || own->obeyed != chorus->obeyed)
        return;
    chorus->was_confirmed = true;
    say(chorus, 0, &message);
}

void chorus_step(struct chorus *chorus, const struct chorus_voice *own, uint64_t now_ns)
{
    if (chorus->member_count == 0)
        return;
    if (chorus->self == 0)
        lead(chorus, own, now_ns);
    else
        follow(chorus, own, now_ns);
}

uint64_t chorus_deadline_ns(const struct chorus *chorus)
{
    bool is_idle = chorus->member_count == 0 || chorus->self != 0 || chorus->phase == CHORUS_ENDED;

    return is_idle ? UINT64_MAX : chorus->next_ns;
}

static void hear_as_lead(struct chorus *chorus, uint32_t from, const struct message *message)
{
    struct member *member = &chorus->members[from];

    if (message->kind == MESSAGE_ANSWER && message->number == 0 &&
        chorus->phase == CHORUS_WAITING) {
        chorus->next_ns = 0;
        return;
    }
    if (member->has_answered)
        return;
    if (message->kind == MESSAGE_ANSWER && chorus->phase == CHORUS_POLLING &&
        message->number == chorus->round)
        take_answer(chorus, from, message);
    else if (message->kind == MESSAGE_DONE && chorus->phase == CHORUS_ORDERING &&
             message->number == chorus->number)
        member->has_answered = true;
}

static void hear_order(struct chorus *chorus, const struct message *message)
{
    if (message->number == chorus->obeyed) {
        chorus->was_confirmed = false; /* it was not heard: say it again */
        return;
    }
    if (message->order < CHORUS_FLUSH || message->order > CHORUS_CLOSE ||
        message->rank > chorus->rank_max)
        return;
    chorus->obeyed = message->number;
    chorus->was_confirmed = false;
    chorus->host->obey(chorus->context, (enum chorus_order)message->order, message->rank,
                       message->number);
}

void chorus_hear(struct chorus *chorus, uint32_t from, const void *bytes, size_t size,
                 const struct chorus_voice *own, uint64_t now_ns)
{
    struct message message;

    if (size != sizeof message || from >= chorus->member_count || from == chorus->self)
        return;
    memcpy(&message, bytes, sizeof message);
    if (message.version != chorus->version)
        return;
    if (chorus->self == 0) {
        hear_as_lead(chorus, from, &message);
    } else if (from == 0 && message.kind == MESSAGE_POLL) {
        struct message answer = answer_of(own, message.number);
        say(chorus, 0, &answer);
    } else if (from == 0 && message.kind == MESSAGE_ORDER) {
        hear_order(chorus, &message);
    }
    chorus_step(chorus, own, now_ns);
}
