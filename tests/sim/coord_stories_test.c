/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stories in the simulated cluster state: what the seeds meet by chance, told once each, so that it
 * can be read what happens. They are held against the text of the trace.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "coord/recipes/election.h"
#include "tests/sim/coord_world.h"
#include "tests/support/suite.h"

#define MS     UINT64_C(1000)
#define LEADER "/office/leader"
#define LEDGER "/office/ledger"

enum {
    HANDS_MAX = 2,
};

/* Does what the story wants, and takes part in an election if it wants that. */
struct hand {
    struct coord_process *process;
    struct election *election; /* NULL: none */
    struct fence fence;        /* of the last win */
};

struct story {
    struct coord_world world;
    struct hand hands[HANDS_MAX];
    size_t read; /* of the trace, up to here */
};

/* ---- hands ---- */

static void note_answer(const struct hand *hand, const struct coord_event *event)
{
    static const char *const verbs[] = {
        [COORD_CREATE] = "create", [COORD_DELETE] = "delete",     [COORD_SET] = "set",
        [COORD_CHECK] = "check",   [COORD_GET] = "get",           [COORD_EXISTS] = "exists",
        [COORD_SYNC] = "sync",     [COORD_CHILDREN] = "children", [COORD_MULTI] = "multi",
    };

    coord_trace_add(hand->process->trace, "client %" PRIu32 ": %s: %s %s", hand->process->number,
                    verbs[event->call], coord_error_name(event->error),
                    event->data == NULL ? "" : event->data);
}

static void campaign(struct hand *hand, const struct coord_event *event, struct coord_calls *calls)
{
    if (election_step(hand->election, event, calls) != ELECTION_WON)
        return;
    hand->fence = *election_fence(hand->election);
    coord_trace_add(hand->process->trace, "client %" PRIu32 ": leads in epoch %" PRIu64,
                    hand->process->number, hand->fence.epoch);
}

static void step(void *self, const struct coord_event *event, struct coord_calls *calls)
{
    struct hand *hand = self;

    if (hand->election != NULL)
        campaign(hand, event, calls);
    if (event->kind == COORD_ANSWERED && event->tag == 0)
        note_answer(hand, event);
}

static void send(struct hand *hand, const struct coord_call *call)
{
    struct coord_calls calls = {.items = NULL};

    coord_calls_push(&calls, call);
    coord_process_send(hand->process, &calls);
    coord_calls_done(&calls);
}

static void set(struct hand *hand, const char *path, const char *value)
{
    send(hand, &(struct coord_call){
                   .kind = COORD_SET,
                   .path = path,
                   .data = value,
                   .size = strlen(value),
                   .version = COORD_ANY_VERSION,
               });
}

static void get(struct hand *hand, const char *path)
{
    send(hand, &(struct coord_call){.kind = COORD_GET, .path = path});
}

/* ---- stories ---- */

static void begin(struct story *story, uint64_t seed, uint32_t hands)
{
    struct coord_world_options options = {
        .seed = seed,
        .trace = COORD_TRACE_ALL,
        .others = hands,
    };

    *story = (struct story){.read = 0};
    coord_world_init(&story->world, &options);
    for (uint32_t i = 0; i < hands; i++) {
        story->hands[i].process = &story->world.processes[i];
        story->world.processes[i].owner =
            (struct coord_owner){.self = &story->hands[i], .step = step};
    }
}

static void end(struct story *story)
{
    ck_assert_msg(!story->world.trace.has_complaint, "%s", story->world.trace.complaint);
    for (uint32_t i = 0; i < HANDS_MAX; i++)
        election_destroy(&story->hands[i].election);
    coord_world_done(&story->world);
}

/* What was not read yet of the trace has the text; it is read up to there. */
static bool comes(struct story *story, const char *text)
{
    const char *all = text_data(&story->world.trace.all);
    const char *found = strstr(all + story->read, text);

    if (found == NULL)
        return false;
    story->read = (size_t)(found - all) + strlen(text);
    return true;
}

static void expect(struct story *story, const char *text)
{
    ck_assert_msg(comes(story, text), "'%s' does not come in\n%s", text,
                  text_data(&story->world.trace.all));
}

static void pass(struct story *story, uint64_t ms)
{
    coord_world_pass(&story->world, ms * MS);
}

static void write_as_leader(struct hand *hand, const char *value)
{
    struct coord_calls calls = {.items = NULL};
    struct coord_call part = {
        .kind = COORD_SET,
        .path = LEDGER,
        .data = value,
        .size = strlen(value),
        .version = COORD_ANY_VERSION,
    };

    fence_send(&hand->fence, &part, 1, 0, &calls);
    coord_process_send(hand->process, &calls);
    coord_calls_done(&calls);
}

static void run_for_leader(struct hand *hand, struct rng *rng)
{
    struct coord_calls calls = {.items = NULL};
    struct election_options options = {.number = 1, .path = LEADER, .note = "", .rng = rng};

    hand->election = election_new(&options);
    election_start(hand->election, &calls);
    coord_calls_done(&calls);
}

START_TEST(a_leader_that_was_away_is_replaced_and_fenced_off)
{
    struct story story;

    begin(&story, 1, 2);
    struct hand *first = &story.hands[0];
    struct hand *second = &story.hands[1];
    run_for_leader(first, &story.world.rng);
    coord_process_ban(second->process, true);
    pass(&story, 500);
    expect(&story, "client 0: leads in epoch 1\n");
    write_as_leader(first, "from the first");
    run_for_leader(second, &story.world.rng);
    coord_process_ban(second->process, false);
    pass(&story, 500);
    expect(&story, "client 0: multi: ok");

    /* It sleeps beyond its timeout, and wakes up as if nothing had been. */
    coord_process_stall(first->process, story.world.agenda.now_us + 8000 * MS);
    pass(&story, 7000);
    expect(&story, "client 0: stalls for 8000000 us\n");
    expect(&story, " ends\n");
    expect(&story, "client 1: leads in epoch 2\n");
    write_as_leader(second, "from the second");
    pass(&story, 500);
    expect(&story, "client 1: multi: ok");
    ck_assert(election_is_leader(first->election)); /* it thinks */
    pass(&story, 2000);
    ck_assert(!election_is_leader(first->election));
    expect(&story, "client 0: session");
    expect(&story, "client 0: connected");
    write_as_leader(first, "from the first, late");
    get(second, LEDGER);
    pass(&story, 500);
    expect(&story, "client 0: multi: bad_version");
    expect(&story, "client 1: get: ok from the second\n");
    end(&story);
}
END_TEST

START_TEST(an_owner_that_sleeps_keeps_its_session)
{
    struct story story;

    begin(&story, 2, 1);
    pass(&story, 500);
    expect(&story, "client 0: connected");
    int64_t session_id = story.hands[0].process->session_id;
    coord_process_stall_owner(story.hands[0].process, story.world.agenda.now_us + 8000 * MS);
    pass(&story, 9000);
    get(&story.hands[0], LEDGER);
    pass(&story, 500);
    expect(&story, "client 0: get: ok");
    ck_assert_int_eq(story.hands[0].process->session_id, session_id);
    end(&story);
}
END_TEST

/* Lets time go on until the disk is at it. */
static void wait_for_commit(struct story *story)
{
    while (!story->world.host.is_committing || story->world.host.has_outcome) {
        bool has_turned = coord_agenda_turn(&story->world.agenda, UINT64_MAX);
        ck_assert(has_turned);
    }
}

static void set_both(struct hand *hand, const char *value)
{
    struct coord_call parts[] = {
        {.kind = COORD_SET, .path = COORD_RAW_TWIN, .version = COORD_ANY_VERSION},
        {.kind = COORD_SET, .path = COORD_RAW_OTHER, .version = COORD_ANY_VERSION},
    };

    parts[0].data = parts[1].data = value;
    parts[0].size = parts[1].size = strlen(value);
    send(hand,
         &(struct coord_call){.kind = COORD_MULTI, .parts = parts, .part_count = COUNT_OF(parts)});
}

/* Returns whether the multi was done. */
static bool kill_in_a_multi(uint64_t seed)
{
    struct story story;

    begin(&story, seed, 1);
    pass(&story, 500);
    expect(&story, "client 0: connected");
    set_both(&story.hands[0], "before");
    pass(&story, 1500);
    expect(&story, "client 0: multi: ok");
    set_both(&story.hands[0], "after");
    wait_for_commit(&story);
    coord_host_crash(&story.world.host);
    expect(&story, "server: is killed\n");
    coord_host_start(&story.world.host);
    bool is_done = comes(&story, "is there\n");
    if (!is_done)
        expect(&story, "is lost\n");
    expect(&story, "server: starts at zxid");
    pass(&story, 4000);
    expect(&story, "client 0: multi: connection_loss");
    expect(&story, "client 0: connected");
    get(&story.hands[0], COORD_RAW_TWIN);
    get(&story.hands[0], COORD_RAW_OTHER);
    pass(&story, 500);
    expect(&story, is_done ? "get: ok after\n" : "get: ok before\n");
    expect(&story, is_done ? "get: ok after\n" : "get: ok before\n");
    end(&story);
    return is_done;
}

START_TEST(a_multi_that_a_kill_interrupts_is_done_as_a_whole_or_not_at_all)
{
    uint32_t done = 0;

    for (uint64_t seed = 0; seed < 16; seed++)
        done += kill_in_a_multi(seed);
    ck_assert_uint_gt(done, 0);
    ck_assert_uint_lt(done, 16);
}
END_TEST

START_TEST(a_full_disk_refuses_writes_and_serves_reads_until_there_is_room)
{
    struct story story;

    begin(&story, 3, 1);
    pass(&story, 500);
    set(&story.hands[0], LEDGER, "written");
    pass(&story, 1500);
    expect(&story, "client 0: set: ok");
    coord_host_fill_disk(&story.world.host, true);
    set(&story.hands[0], LEDGER, "too much");
    pass(&story, 2500);
    expect(&story, "disk: no room\n");
    expect(&story, "server: the disk is full\n");
    expect(&story, "client 0: the connection is closed\n");
    expect(&story, "client 0: set: connection_loss");
    expect(&story, "client 0: connected");
    set(&story.hands[0], LEDGER, "refused");
    get(&story.hands[0], LEDGER);
    pass(&story, 500);
    expect(&story, "client 0: set: not_read_only");
    expect(&story, "client 0: get: ok written\n");
    coord_host_fill_disk(&story.world.host, false);
    pass(&story, 1500);
    expect(&story, "disk: room again\n");
    expect(&story, "server: the disk has room\n");
    set(&story.hands[0], LEDGER, "at last");
    get(&story.hands[0], LEDGER);
    pass(&story, 1500);
    expect(&story, "client 0: set: ok");
    expect(&story, "client 0: get: ok at last\n");
    end(&story);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_leader_that_was_away_is_replaced_and_fenced_off,
        an_owner_that_sleeps_keeps_its_session,
        a_multi_that_a_kill_interrupts_is_done_as_a_whole_or_not_at_all,
        a_full_disk_refuses_writes_and_serves_reads_until_there_is_room,
    };

    return suite_run("coord_stories", tests, COUNT_OF(tests));
}
