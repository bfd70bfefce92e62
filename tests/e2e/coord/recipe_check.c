/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One participant of the recipes, over a real client: test_coord_recipes.py starts several as
 *
 *     coord_recipe_check SERVERS NAME TIMEOUT_MS
 *
 * Orders come as lines on standard input ("election start"), news go out as lines on standard output
 * ("election won 3"); both begin with the recipe. All recipes of a participant share one session. At
 * the end of the input it ends its session and itself.
 *
 *     hold, release      take no events meanwhile: an owner that is busy and still believes
 *     bare PATH TEXT     an unfenced write; plain PATH TEXT: through a session of its own
 *     election, lock     write PATH TEXT [VERSION]: fenced; elsewhere PATH TEXT: fenced, through a
 *                        session of its own; keep: the fence, for `kept PATH TEXT`
 *     section run N      N times: takes the lock, reads a number, writes it plus one, releases
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "coord/backoff.h"
#include "coord/client.h"
#include "coord/fence.h"
#include "coord/recipes/barrier.h"
#include "coord/recipes/counter.h"
#include "coord/recipes/double_barrier.h"
#include "coord/recipes/election.h"
#include "coord/recipes/latch.h"
#include "coord/recipes/lock.h"
#include "coord/recipes/membership.h"
#include "coord/recipes/queue_put.h"
#include "coord/recipes/queue_take.h"
#include "coord/recipes/watched.h"
#include "coord/state/directory.h"
#include "coord/switchboard.h"

enum {
    PARTIES = 3, /* of latch and double barrier */
    ITEMS_MAX = 20,
    PAUSE_MAX_MS = 400,
    LINE_MAX_BYTES = 256,
    PATIENCE_MS = 60000,
};

enum role_index {
    ROLE_ELECTION,
    ROLE_MEMBER,
    ROLE_LOCK,
    ROLE_SHARED,
    ROLE_SECTION,
    ROLE_PUT,
    ROLE_TAKE,
    ROLE_COUNTER,
    ROLE_BARRIER,
    ROLE_DOUBLE,
    ROLE_LATCH,
    ROLE_SETTING,
    ROLE_CACHE,
    ROLE_COUNT,
};

/* Tags of the participant's own calls: the kind, and above it a number of the section's turn. */
enum own_tag {
    TAG_WRITE = 1,
    TAG_BARE,
    TAG_SECTION_SYNC,
    TAG_SECTION_READ,
    TAG_SECTION_WRITE,
    TAG_KIND_MASK = 15,
};

struct participant;

struct actor {
    struct participant *owner;
    const struct role *role;
    uint32_t number; /* 0: its recipe was not made yet */
    uint64_t due_ns; /* when to try again; UINT64_MAX: no need */
    struct backoff backoff;
};

/* A critical section that no session may share: it adds one to a number without a version. */
struct section {
    struct lock lock;
    uint32_t left;
    uint32_t turn;
    bool is_open; /* the write of `number` was sent, and what became of it is not known */
    int64_t number;
};

struct participant {
    const char *name;
    struct coord_options options;
    struct coord_client *client;
    struct switchboard *board;
    struct coord_calls calls;
    struct rng rng;
    struct fence kept;
    bool is_held;
    struct actor actors[ROLE_COUNT];

    struct election *election;
    struct membership *member;
    struct lock lock;
    struct lock shared;
    struct section section;
    struct queue_put *put;
    uint32_t put_count;
    uint32_t put_left;
    char put_prefix[LINE_MAX_BYTES];
    struct queue_take *take;
    struct counter counter;
    uint32_t additions_left;
    struct barrier barrier;
    struct double_barrier *double_barrier;
    struct latch latch;
    struct watched *setting;
    struct directory *cache;
};

/* An order in words. */
struct order {
    char *words[6]; /* "" for those that are not there */
    size_t count;
};

struct role {
    const char *name;
    void (*make)(struct participant *participant, uint32_t number);
    switchboard_step_fn *step; /* of the actor */
    void (*order)(struct participant *participant, const struct order *order);
    void (*retry)(struct participant *participant);
};

static void say(const char *format, ...) PRINTF_LIKE(1, 2);

static void say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vprintf(format, arguments);
    va_end(arguments);
    (void)putchar('\n');
    if (fflush(stdout) != 0)
        exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): nobody listens any more */
}

static bool is_verb(const struct order *order, const char *verb)
{
    return strcmp(order->words[1], verb) == 0;
}

static uint32_t number_at(const struct order *order, size_t index)
{
    return (uint32_t)strtoul(order->words[index], NULL, 10);
}

static void refuse(const struct order *order)
{
    say("no order '%s %s'", order->words[0], order->words[1]);
}

/* ---- trying again ---- */

static void put_off(struct actor *actor)
{
    uint32_t pause_ms = backoff_next_ms(&actor->backoff, &actor->owner->rng);

    actor->due_ns = clock_now_ns() + (uint64_t)pause_ms * 1000000;
}

static void fail_with(struct actor *actor, enum coord_error error)
{
    say("%s failed %s", actor->role->name, coord_error_name(error));
    put_off(actor);
}

static void succeed(struct actor *actor)
{
    backoff_reset(&actor->backoff);
}

/* ---- fenced writes ---- */

static void say_outcome(const struct coord_event *event)
{
    enum coord_error error;
    size_t part;

    switch (fence_read(event, &error, &part)) {
    case FENCE_DONE:
        say("write done");
        return;
    case FENCE_OUT:
        say("write out");
        return;
    case FENCE_REFUSED:
        say("write refused %s %zu", coord_error_name(error), part);
        return;
    case FENCE_UNKNOWN:
        say("write unknown");
        return;
    }
    UNREACHABLE();
}

static struct coord_call set_call(const char *path, const char *text, int32_t version)
{
    return (struct coord_call){
        .kind = COORD_SET, .path = path, .data = text, .size = strlen(text), .version = version};
}

/* Through a session that begins after now and ends with the call. */
static void ask_elsewhere(const struct participant *participant, const struct coord_call *call,
                          void (*tell)(const struct coord_event *answer))
{
    struct coord_client *client = NULL;
    struct coord_event event = {.tag = 0};
    struct error error;

    if (coord_open(&participant->options, &client, &error) != ERR_OK)
        return say("elsewhere: %s", error.text);
    while (coord_take(client, PATIENCE_MS, &event) && event.kind != COORD_ANSWERED) {
        if (event.kind == COORD_CONNECTED)
            coord_call(client, call);
        coord_event_done(&event);
    }
    if (event.kind == COORD_ANSWERED)
        tell(&event);
    coord_event_done(&event);
    coord_close(&client);
}

static const char *error_word(const struct coord_event *answer)
{
    return answer->error == COORD_OK ? "done" : coord_error_name(answer->error);
}

static void say_plain(const struct coord_event *answer)
{
    say("plain %s", error_word(answer));
}

static void write_bare(struct participant *participant, const struct order *order)
{
    struct coord_call call = set_call(order->words[1], order->words[2], COORD_ANY_VERSION);

    call.tag = TAG_BARE;
    coord_calls_push(&participant->calls, &call);
}

static void write_plain(const struct participant *participant, const struct order *order)
{
    struct coord_call call = set_call(order->words[1], order->words[2], COORD_ANY_VERSION);

    ask_elsewhere(participant, &call, say_plain);
}

static void write_elsewhere(const struct participant *participant, const struct fence *fence,
                            const struct coord_call *part)
{
    struct coord_calls calls = {.items = NULL};
    struct coord_call call;

    fence_send(fence, part, 1, TAG_WRITE, &calls);
    while (coord_calls_pop(&calls, &call)) {
        ask_elsewhere(participant, &call, say_outcome);
        coord_call_done(&call);
    }
    coord_calls_done(&calls);
}

/* False if the order is none about fences. `fence` is NULL if the office is not believed in. */
static bool obey_with_fence(struct participant *participant, const struct fence *fence,
                            const struct order *order)
{
    int32_t version = order->count > 4 ? (int32_t)number_at(order, 4) : COORD_ANY_VERSION;
    struct coord_call part = set_call(order->words[2], order->words[3], version);

    if (is_verb(order, "kept")) {
        fence_send(&participant->kept, &part, 1, TAG_WRITE, &participant->calls);
        return true;
    }
    if (!is_verb(order, "write") && !is_verb(order, "elsewhere") && !is_verb(order, "keep"))
        return false;
    if (fence == NULL) {
        say("%s none", order->words[0]);
        return true;
    }
    say("%s believes %" PRIu64, order->words[0], fence->epoch);
    if (is_verb(order, "keep"))
        participant->kept = *fence;
    else if (is_verb(order, "write"))
        fence_send(fence, &part, 1, TAG_WRITE, &participant->calls);
    else
        write_elsewhere(participant, fence, &part);
    return true;
}

/* ---- election ---- */

static void make_election(struct participant *participant, uint32_t number)
{
    struct election_options options = {
        .number = number,
        .path = "/election",
        .note = participant->name,
        .data = participant->name,
        .size = strlen(participant->name),
        .rng = &participant->rng,
    };

    participant->election = election_new(&options);
}

static void step_election(void *subscriber, const struct coord_event *event,
                          struct coord_calls *calls)
{
    struct actor *actor = subscriber;
    struct election *election = actor->owner->election;

    switch (election_step(election, event, calls)) {
    case ELECTION_NO_NEWS:
        return;
    case ELECTION_WON:
        succeed(actor);
        return say("election won %" PRIu64, election_epoch(election));
    case ELECTION_SUSPENDED:
        return say("election suspended");
    case ELECTION_RESUMED:
        return say("election resumed %" PRIu64, election_epoch(election));
    case ELECTION_LOST:
        return say("election lost");
    case ELECTION_RESIGNED:
        return say("election resigned");
    case ELECTION_FAILED:
        return fail_with(actor, election_error(election));
    }
    UNREACHABLE();
}

static void order_election(struct participant *participant, const struct order *order)
{
    struct election *election = participant->election;

    if (is_verb(order, "start"))
        election_start(election, &participant->calls);
    else if (is_verb(order, "resign"))
        say(election_resign(election, &participant->calls) ? "election resigned" : "election ok");
    else if (!obey_with_fence(participant, election_fence(election), order))
        refuse(order);
}

static void retry_election(struct participant *participant)
{
    election_retry(participant->election, &participant->calls);
}

/* ---- membership ---- */

static void make_member(struct participant *participant, uint32_t number)
{
    char path[LINE_MAX_BYTES];

    (void)snprintf(path, sizeof path, "/members/%s", participant->name);
    participant->member = membership_new(number, path);
    membership_set(participant->member, "new", 3, &participant->calls);
}

static void step_member(void *subscriber, const struct coord_event *event,
                        struct coord_calls *calls)
{
    struct actor *actor = subscriber;
    struct membership *member = actor->owner->member;

    switch (membership_step(member, event, calls)) {
    case MEMBERSHIP_NO_NEWS:
        return;
    case MEMBERSHIP_JOINED:
        succeed(actor);
        return say("member joined");
    case MEMBERSHIP_LOST:
        return say("member lost");
    case MEMBERSHIP_DISPLACED:
        return say("member displaced");
    case MEMBERSHIP_LEFT:
        return say("member left");
    case MEMBERSHIP_FAILED:
        return fail_with(actor, membership_error(member));
    }
    UNREACHABLE();
}

static void order_member(struct participant *participant, const struct order *order)
{
    struct membership *member = participant->member;

    if (is_verb(order, "join"))
        membership_join(member, &participant->calls);
    else if (is_verb(order, "set"))
        membership_set(member, order->words[2], strlen(order->words[2]), &participant->calls);
    else if (!is_verb(order, "leave"))
        refuse(order);
    else if (membership_leave(member, &participant->calls))
        say("member left");
}

static void retry_member(struct participant *participant)
{
    membership_retry(participant->member, &participant->calls);
}

/* ---- locks ---- */

static void make_lock(struct participant *participant, uint32_t number)
{
    lock_init(&participant->lock, number, "/lock", SEAT_EXCLUSIVE, participant->name,
              &participant->rng);
}

static void make_shared(struct participant *participant, uint32_t number)
{
    lock_init(&participant->shared, number, "/lock", SEAT_SHARED, participant->name,
              &participant->rng);
}

static void follow_lock(struct actor *actor, struct lock *lock, enum lock_verdict verdict)
{
    const char *name = actor->role->name;

    switch (verdict) {
    case LOCK_NO_NEWS:
        return;
    case LOCK_TAKEN:
        succeed(actor);
        return say("%s taken %" PRIu64, name, lock_fence(lock)->epoch);
    case LOCK_SUSPENDED:
        return say("%s suspended", name);
    case LOCK_RESUMED:
        return say("%s resumed", name);
    case LOCK_LOST:
        return say("%s lost", name);
    case LOCK_RELEASED:
        return say("%s released", name);
    case LOCK_FAILED:
        return fail_with(actor, lock_error(lock));
    }
    UNREACHABLE();
}

static void step_lock(void *subscriber, const struct coord_event *event, struct coord_calls *calls)
{
    struct actor *actor = subscriber;
    struct lock *lock = &actor->owner->lock;

    follow_lock(actor, lock, lock_step(lock, event, calls));
}

static void step_shared(void *subscriber, const struct coord_event *event,
                        struct coord_calls *calls)
{
    struct actor *actor = subscriber;
    struct lock *lock = &actor->owner->shared;

    follow_lock(actor, lock, lock_step(lock, event, calls));
}

static void obey_lock(struct participant *participant, struct lock *lock, const struct order *order)
{
    if (is_verb(order, "take"))
        lock_take(lock, &participant->calls);
    else if (obey_with_fence(participant, lock_fence(lock), order))
        return;
    else if (!is_verb(order, "release"))
        refuse(order);
    else if (lock_release(lock, &participant->calls))
        say("%s released", order->words[0]);
}

static void order_lock(struct participant *participant, const struct order *order)
{
    obey_lock(participant, &participant->lock, order);
}

static void order_shared(struct participant *participant, const struct order *order)
{
    obey_lock(participant, &participant->shared, order);
}

static void retry_lock(struct participant *participant)
{
    lock_retry(&participant->lock, &participant->calls);
}

static void retry_shared(struct participant *participant)
{
    lock_retry(&participant->shared, &participant->calls);
}

/* ---- a critical section ---- */

static void make_section(struct participant *participant, uint32_t number)
{
    lock_init(&participant->section.lock, number, "/section/lock", SEAT_EXCLUSIVE,
              participant->name, &participant->rng);
}

static uint64_t section_tag(const struct section *section, enum own_tag kind)
{
    return (uint64_t)section->turn << 4 | kind;
}

/* What is read after the sync was written by all holders before, and by us. */
static void enter_section(struct participant *participant)
{
    struct section *section = &participant->section;
    struct coord_call sync = {
        .kind = COORD_SYNC, .path = "/section", .tag = section_tag(section, TAG_SECTION_SYNC)};
    struct coord_call read = {
        .kind = COORD_GET, .path = "/section", .tag = section_tag(section, TAG_SECTION_READ)};

    coord_calls_push(&participant->calls, &sync);
    coord_calls_push(&participant->calls, &read);
}

static void leave_section(struct participant *participant)
{
    struct section *section = &participant->section;

    say("section done %" PRId64, section->number);
    section->is_open = false;
    section->turn++;
    section->left--;
    if (lock_release(&section->lock, &participant->calls) && section->left > 0)
        lock_take(&section->lock, &participant->calls);
}

static void write_section(struct participant *participant, int64_t number)
{
    struct section *section = &participant->section;
    char text[32];

    (void)snprintf(text, sizeof text, "%" PRId64, number);
    struct coord_call part = set_call("/section", text, COORD_ANY_VERSION);
    section->number = number;
    section->is_open = true;
    fence_send(lock_fence(&section->lock), &part, 1, section_tag(section, TAG_SECTION_WRITE),
               &participant->calls);
}

static void answer_section(struct participant *participant, const struct coord_event *event)
{
    struct section *section = &participant->section;
    enum own_tag kind = (enum own_tag)(event->tag & TAG_KIND_MASK);
    enum coord_error error;
    size_t part;

    if (event->tag >> 4 != section->turn || !lock_is_held(&section->lock))
        return;
    if (kind == TAG_SECTION_READ && event->error == COORD_OK) {
        int64_t number = strtoll(event->data, NULL, 10);

        if (section->is_open && number == section->number)
            leave_section(participant); /* it was written, and the answer was lost */
        else
            write_section(participant, number + 1);
    }
    if (kind == TAG_SECTION_WRITE && fence_read(event, &error, &part) == FENCE_DONE)
        leave_section(participant);
}

/* It was held when a write was under way, and is not any more. */
static void lose_section(struct participant *participant)
{
    struct section *section = &participant->section;

    if (section->is_open)
        say("section unknown %" PRId64, section->number);
    section->is_open = false;
    section->turn++;
    lock_take(&section->lock, &participant->calls);
}

static void step_section(void *subscriber, const struct coord_event *event,
                         struct coord_calls *calls)
{
    struct actor *actor = subscriber;
    struct section *section = &actor->owner->section;

    switch (lock_step(&section->lock, event, calls)) {
    case LOCK_NO_NEWS:
    case LOCK_SUSPENDED:
        return;
    case LOCK_TAKEN:
    case LOCK_RESUMED:
        return enter_section(actor->owner);
    case LOCK_LOST:
        return lose_section(actor->owner);
    case LOCK_RELEASED:
        if (section->left > 0)
            return lock_take(&section->lock, calls);
        return say("section over");
    case LOCK_FAILED:
        return fail_with(actor, lock_error(&section->lock));
    }
    UNREACHABLE();
}

static void order_section(struct participant *participant, const struct order *order)
{
    if (!is_verb(order, "run"))
        return refuse(order);
    participant->section.left = number_at(order, 2);
    lock_take(&participant->section.lock, &participant->calls);
}

static void retry_section(struct participant *participant)
{
    lock_retry(&participant->section.lock, &participant->calls);
}

/* ---- queue ---- */

static void make_put(struct participant *participant, uint32_t number)
{
    participant->put =
        queue_put_new(number, "/queue", participant->name, ITEMS_MAX, &participant->rng);
}

static void put_next(struct participant *participant)
{
    char item[2 * LINE_MAX_BYTES];

    if (participant->put_left == 0)
        return say("put over");
    int size = snprintf(item, sizeof item, "%s-%" PRIu32, participant->put_prefix,
                        participant->put_count++);
    participant->put_left--;
    bool is_taken = queue_put_item(participant->put, item, (size_t)size, &participant->calls);
    ASSERT(is_taken);
}

static void step_put(void *subscriber, const struct coord_event *event, struct coord_calls *calls)
{
    struct actor *actor = subscriber;
    struct queue_put *put = actor->owner->put;

    switch (queue_put_step(put, event, calls)) {
    case QUEUE_PUT_NO_NEWS:
        return;
    case QUEUE_PUT_DONE:
        succeed(actor);
        say("put done %" PRIu32, actor->owner->put_count - 1);
        return put_next(actor->owner);
    case QUEUE_PUT_FAILED:
        return fail_with(actor, queue_put_error(put));
    }
    UNREACHABLE();
}

/* put items COUNT PREFIX */
static void order_put(struct participant *participant, const struct order *order)
{
    if (!is_verb(order, "items"))
        return refuse(order);
    participant->put_left = number_at(order, 2);
    (void)snprintf(participant->put_prefix, sizeof participant->put_prefix, "%s", order->words[3]);
    put_next(participant);
}

static void retry_put(struct participant *participant)
{
    queue_put_retry(participant->put, &participant->calls);
}

static void make_take(struct participant *participant, uint32_t number)
{
    participant->take = queue_take_new(number, "/queue", participant->name, &participant->rng);
}

static void step_take(void *subscriber, const struct coord_event *event, struct coord_calls *calls)
{
    struct actor *actor = subscriber;
    struct queue_take *take = actor->owner->take;
    size_t size = 0;

    switch (queue_take_step(take, event, calls)) {
    case QUEUE_TAKE_NO_NEWS:
        return;
    case QUEUE_TAKE_GOT:
        succeed(actor);
        say("take got %s", queue_take_item(take, &size));
        return queue_take_one(take, calls);
    case QUEUE_TAKE_FAILED:
        return fail_with(actor, queue_take_error(take));
    }
    UNREACHABLE();
}

static void order_take(struct participant *participant, const struct order *order)
{
    if (is_verb(order, "start"))
        queue_take_one(participant->take, &participant->calls);
    else if (is_verb(order, "stop"))
        say("take %s", queue_take_stop(participant->take) ? "stopped" : "stopping");
    else
        refuse(order);
}

static void retry_take(struct participant *participant)
{
    queue_take_retry(participant->take, &participant->calls);
}

/* ---- counter ---- */

static void make_counter(struct participant *participant, uint32_t number)
{
    counter_init(&participant->counter, number, "/counter", participant->name, &participant->rng);
}

static void add_next(struct participant *participant)
{
    if (participant->additions_left == 0)
        return say("counter over");
    participant->additions_left--;
    bool is_taken = counter_add(&participant->counter, 1, &participant->calls);
    ASSERT(is_taken);
}

static void step_counter(void *subscriber, const struct coord_event *event,
                         struct coord_calls *calls)
{
    struct actor *actor = subscriber;
    struct counter *counter = &actor->owner->counter;

    switch (counter_step(counter, event, calls)) {
    case COUNTER_NO_NEWS:
        return;
    case COUNTER_ADDED:
        succeed(actor);
        say("counter added %" PRId64, counter->value);
        return add_next(actor->owner);
    case COUNTER_CONFLICT:
        return put_off(actor);
    case COUNTER_FAILED:
        return fail_with(actor, counter->error);
    }
    UNREACHABLE();
}

static void order_counter(struct participant *participant, const struct order *order)
{
    if (!is_verb(order, "add"))
        return refuse(order);
    participant->additions_left = number_at(order, 2);
    add_next(participant);
}

static void retry_counter(struct participant *participant)
{
    counter_retry(&participant->counter, &participant->calls);
}

/* ---- barriers and latch ---- */

static void make_barrier(struct participant *participant, uint32_t number)
{
    barrier_init(&participant->barrier, number, "/barrier");
}

static void step_barrier(void *subscriber, const struct coord_event *event,
                         struct coord_calls *calls)
{
    struct actor *actor = subscriber;
    struct barrier *barrier = &actor->owner->barrier;

    switch (barrier_step(barrier, event, calls)) {
    case BARRIER_NO_NEWS:
        return;
    case BARRIER_PASSED:
        return say("barrier passed");
    case BARRIER_RAISED:
        return say("barrier raised");
    case BARRIER_LOWERED:
        return say("barrier lowered");
    case BARRIER_FAILED:
        return fail_with(actor, barrier->error);
    }
    UNREACHABLE();
}

static void order_barrier(struct participant *participant, const struct order *order)
{
    if (is_verb(order, "wait"))
        barrier_wait(&participant->barrier, &participant->calls);
    else if (is_verb(order, "raise"))
        barrier_raise(&participant->barrier, &participant->calls);
    else if (is_verb(order, "lower"))
        barrier_lower(&participant->barrier, &participant->calls);
    else
        refuse(order);
}

static void retry_barrier(struct participant *participant)
{
    barrier_retry(&participant->barrier, &participant->calls);
}

static void make_double(struct participant *participant, uint32_t number)
{
    participant->double_barrier = double_barrier_new(number, "/double", PARTIES, &participant->rng);
}

static void step_double(void *subscriber, const struct coord_event *event,
                        struct coord_calls *calls)
{
    struct actor *actor = subscriber;
    struct double_barrier *barrier = actor->owner->double_barrier;

    switch (double_barrier_step(barrier, event, calls)) {
    case DOUBLE_BARRIER_NO_NEWS:
        return;
    case DOUBLE_BARRIER_ENTERED:
        return say("double entered");
    case DOUBLE_BARRIER_LEFT:
        return say("double left");
    case DOUBLE_BARRIER_LOST:
        return say("double lost");
    case DOUBLE_BARRIER_FAILED:
        return fail_with(actor, double_barrier_error(barrier));
    }
    UNREACHABLE();
}

static void order_double(struct participant *participant, const struct order *order)
{
    struct double_barrier *barrier = participant->double_barrier;

    if (is_verb(order, "enter"))
        double_barrier_enter(barrier, &participant->calls);
    else if (!is_verb(order, "leave"))
        refuse(order);
    else if (double_barrier_leave(barrier, &participant->calls))
        say("double left");
}

static void retry_double(struct participant *participant)
{
    double_barrier_retry(participant->double_barrier, &participant->calls);
}

static void make_latch(struct participant *participant, uint32_t number)
{
    latch_init(&participant->latch, number, "/latch", participant->name, PARTIES);
}

static void step_latch(void *subscriber, const struct coord_event *event, struct coord_calls *calls)
{
    struct actor *actor = subscriber;
    struct latch *latch = &actor->owner->latch;

    switch (latch_step(latch, event, calls)) {
    case LATCH_NO_NEWS:
        return;
    case LATCH_COUNTED:
        return say("latch counted");
    case LATCH_OPEN:
        return say("latch open");
    case LATCH_FAILED:
        return fail_with(actor, latch->error);
    }
    UNREACHABLE();
}

static void order_latch(struct participant *participant, const struct order *order)
{
    if (is_verb(order, "count"))
        latch_count_down(&participant->latch, &participant->calls);
    else if (is_verb(order, "wait"))
        latch_wait(&participant->latch, &participant->calls);
    else
        refuse(order);
}

static void retry_latch(struct participant *participant)
{
    latch_retry(&participant->latch, &participant->calls);
}

/* ---- what is followed ---- */

static void make_setting(struct participant *participant, uint32_t number)
{
    participant->setting = watched_new(number, "/setting");
}

static void step_setting(void *subscriber, const struct coord_event *event,
                         struct coord_calls *calls)
{
    struct actor *actor = subscriber;
    struct watched *setting = actor->owner->setting;
    size_t size = 0;

    switch (watched_step(setting, event, calls)) {
    case WATCHED_NO_NEWS:
        return;
    case WATCHED_CHANGED: {
        const char *data = watched_data(setting, &size);
        return say("setting %s", data == NULL ? "missing" : data);
    }
    case WATCHED_FAILED:
        return fail_with(actor, watched_error(setting));
    }
    UNREACHABLE();
}

/* `setting start` and `cache start`: being made is all. */
static void order_nothing(struct participant *participant, const struct order *order)
{
    (void)participant;
    if (!is_verb(order, "start"))
        refuse(order);
}

static void retry_setting(struct participant *participant)
{
    watched_retry(participant->setting, &participant->calls);
}

static void make_cache(struct participant *participant, uint32_t number)
{
    struct directory_options options = {.number = number, .path = "/members", .calls_max = 2};

    participant->cache = directory_new(&options);
}

static void say_changes(struct directory *cache)
{
    static const char *const words[] = {"added", "changed", "removed"};
    struct directory_entry entry;
    enum directory_change change;

    while (directory_take(cache, &change, &entry))
        say("cache %s %s %s", words[change], entry.name, entry.data);
}

static void step_cache(void *subscriber, const struct coord_event *event, struct coord_calls *calls)
{
    struct actor *actor = subscriber;
    struct directory *cache = actor->owner->cache;
    enum directory_verdict verdict = directory_step(cache, event, calls);

    say_changes(cache);
    switch (verdict) {
    case DIRECTORY_NO_NEWS:
    case DIRECTORY_NEWS:
        return;
    case DIRECTORY_WANTS_RESYNC:
        return put_off(actor);
    case DIRECTORY_COMPLETE:
        succeed(actor);
        return say("cache complete");
    case DIRECTORY_FAILED:
        return fail_with(actor, directory_error(cache));
    }
    UNREACHABLE();
}

static void retry_cache(struct participant *participant)
{
    directory_resync(participant->cache, &participant->calls);
}

/* ---- roles ---- */

static const struct role roles[ROLE_COUNT] = {
    [ROLE_ELECTION] = {"election", make_election, step_election, order_election, retry_election},
    [ROLE_MEMBER] = {"member", make_member, step_member, order_member, retry_member},
    [ROLE_LOCK] = {"lock", make_lock, step_lock, order_lock, retry_lock},
    [ROLE_SHARED] = {"shared", make_shared, step_shared, order_shared, retry_shared},
    [ROLE_SECTION] = {"section", make_section, step_section, order_section, retry_section},
    [ROLE_PUT] = {"put", make_put, step_put, order_put, retry_put},
    [ROLE_TAKE] = {"take", make_take, step_take, order_take, retry_take},
    [ROLE_COUNTER] = {"counter", make_counter, step_counter, order_counter, retry_counter},
    [ROLE_BARRIER] = {"barrier", make_barrier, step_barrier, order_barrier, retry_barrier},
    [ROLE_DOUBLE] = {"double", make_double, step_double, order_double, retry_double},
    [ROLE_LATCH] = {"latch", make_latch, step_latch, order_latch, retry_latch},
    [ROLE_SETTING] = {"setting", make_setting, step_setting, order_nothing, retry_setting},
    [ROLE_CACHE] = {"cache", make_cache, step_cache, order_nothing, retry_cache},
};

/* A recipe is made with its first order, whether there is a connection by then or not. */
static void order_role(struct participant *participant, struct actor *actor,
                       const struct order *order)
{
    if (actor->number == 0) {
        actor->number = switchboard_number(participant->board);
        actor->role->make(participant, actor->number);
        bool is_added = switchboard_add(participant->board, actor->number, actor->role->step, actor,
                                        &participant->calls);
        ASSERT(is_added);
    }
    actor->role->order(participant, order);
}

/* ---- events and orders ---- */

static void say_session(const struct coord_event *event)
{
    switch (event->kind) {
    case COORD_CONNECTED:
        return say("session %s 0x%" PRIx64, event->is_new_session ? "new" : "again",
                   (uint64_t)event->session_id);
    case COORD_DISCONNECTED:
        return say("session away");
    case COORD_EXPIRED:
        return say("session over");
    case COORD_REFUSED:
        return say("session refused");
    case COORD_ANSWERED:
    case COORD_CHANGED:
        return;
    }
    UNREACHABLE();
}

static void dispatch(struct participant *participant, const struct coord_event *event)
{
    bool is_own = event->kind == COORD_ANSWERED && event->tag <= UINT32_MAX;

    say_session(event);
    (void)switchboard_step(participant->board, event, &participant->calls);
    if (is_own && event->tag == TAG_WRITE)
        say_outcome(event);
    else if (is_own && event->tag == TAG_BARE)
        say("bare %s", error_word(event));
    else if (is_own)
        answer_section(participant, event);
}

static void take_events(struct participant *participant)
{
    struct coord_event event;

    while (coord_take(participant->client, 0, &event)) {
        dispatch(participant, &event);
        coord_event_done(&event);
        coord_call_all(participant->client, &participant->calls);
    }
}

static struct order split(char *line)
{
    static char nothing[] = "";
    struct order order = {.count = 0};
    char *rest = NULL;

    for (size_t i = 0; i < COUNT_OF(order.words); i++) {
        char *word = strtok_r(i == 0 ? line : NULL, " \n", &rest);

        order.words[i] = word == NULL ? nothing : word;
        order.count += word != NULL;
    }
    return order;
}

static void obey(struct participant *participant, char *line)
{
    struct order order = split(line);

    if (strcmp(order.words[0], "hold") == 0 || strcmp(order.words[0], "release") == 0) {
        participant->is_held = order.words[0][0] == 'h';
        return say("%s", order.words[0]);
    }
    if (strcmp(order.words[0], "plain") == 0)
        return write_plain(participant, &order);
    if (strcmp(order.words[0], "bare") == 0)
        return write_bare(participant, &order);
    for (size_t i = 0; i < ROLE_COUNT; i++)
        if (strcmp(order.words[0], roles[i].name) == 0)
            return order_role(participant, &participant->actors[i], &order);
    refuse(&order);
}

/* False at the end. The test writes whole lines, one at a time, and fewer bytes than a pipe takes. */
static bool take_orders(struct participant *participant)
{
    char bytes[4096];
    ssize_t size = read(STDIN_FILENO, bytes, sizeof bytes - 1);
    char *rest = NULL;

    if (size <= 0)
        return false;
    bytes[size] = '\0';
    for (char *line = strtok_r(bytes, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        obey(participant, line);
    return true;
}

static int retry_all(struct participant *participant)
{
    uint64_t now_ns = clock_now_ns();
    uint64_t next_ns = UINT64_MAX;

    for (size_t i = 0; i < ROLE_COUNT; i++) {
        struct actor *actor = &participant->actors[i];

        if (actor->due_ns <= now_ns) {
            actor->due_ns = UINT64_MAX;
            actor->role->retry(participant);
        }
        next_ns = actor->due_ns < next_ns ? actor->due_ns : next_ns;
    }
    return next_ns == UINT64_MAX ? -1 : (int)((next_ns - now_ns) / 1000000 + 1);
}

static void run(struct participant *participant)
{
    struct pollfd polled[] = {
        {.fd = STDIN_FILENO, .events = POLLIN},
        {.fd = coord_fd(participant->client), .events = POLLIN},
    };
    bool is_over = false;

    while (!is_over) {
        int left_ms = retry_all(participant);

        coord_call_all(participant->client, &participant->calls);
        int ready = poll(polled, participant->is_held ? 1 : COUNT_OF(polled), left_ms);
        ASSERT(ready >= 0 || errno == EINTR);
        if (ready > 0 && polled[0].revents != 0)
            is_over = !take_orders(participant);
        coord_call_all(participant->client, &participant->calls);
        if (!participant->is_held)
            take_events(participant);
    }
}

static void begin(struct participant *participant, char **arguments)
{
    struct error error = {.text = ""};

    participant->options = coord_options_default();
    participant->options.servers = arguments[1];
    participant->options.session_timeout_ms = (uint32_t)strtoul(arguments[3], NULL, 10);
    participant->options.seed = clock_now_ns();
    participant->name = arguments[2];
    rng_init(&participant->rng, clock_now_ns());
    participant->board = switchboard_new();
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        participant->actors[i] =
            (struct actor){.owner = participant, .role = &roles[i], .due_ns = UINT64_MAX};
        backoff_init(&participant->actors[i].backoff, PAUSE_MAX_MS);
    }
    if (coord_open(&participant->options, &participant->client, &error) != ERR_OK) {
        say("%s", error.text);
        exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): no thread was started */
    }
}

static void end(struct participant *participant)
{
    coord_close(&participant->client);
    switchboard_destroy(&participant->board);
    coord_calls_done(&participant->calls);
    election_destroy(&participant->election);
    membership_destroy(&participant->member);
    queue_put_destroy(&participant->put);
    queue_take_destroy(&participant->take);
    double_barrier_destroy(&participant->double_barrier);
    watched_destroy(&participant->setting);
    directory_destroy(&participant->cache);
}

int main(int argc, char **argv)
{
    struct participant participant = {.name = ""};

    if (argc != 4)
        return EXIT_FAILURE;
    begin(&participant, argv);
    run(&participant);
    end(&participant);
    return EXIT_SUCCESS;
}
