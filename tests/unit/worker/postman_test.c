/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/postman.h"

#include <stdlib.h>
#include <string.h>

#include <gale/gale.h>

#include "base/mem.h"
#include "base/settings.h"
#include "sdk/src/describe.h"
#include "tests/support/suite.h"
#include "wire/config.h"
#include "worker/routing.h"
#include "worker/runtime.h"
#include "worker/worker.h"

#define FRAMES_MAX 64
#define MS         UINT64_C(1000000)

struct word {
    uint64_t value;
};

GALE_STREAM(words, struct word, GALE_FIELD(struct word, value));

static enum gale_next source_next(void *self, struct gale_task *task)
{
    (void)self;
    (void)task;
    return GALE_DONE;
}

static enum gale_verdict sink_execute(void *self, struct gale_task *task,
                                      const struct gale_tuple *tuple)
{
    (void)self;
    (void)task;
    (void)tuple;
    return GALE_ACK;
}

static const struct gale_component source = {
    .name = "source", .spout = {.next = source_next}, .emits = {&words.stream}};
static const struct gale_component sink = {
    .name = "sink",
    .bolt = {.execute = sink_execute},
    .inputs = {{.from = &source, .stream = &words.stream, .by = GALE_SHUFFLE}}};
static const struct gale_topology pair = {
    .abi = GALE_ABI, .name = "pair", .components = {&source, &sink}};

struct frame {
    size_t size;
    uint64_t bytes[256];
};

/* One worker of the pair with its postman; what it sends lies in `frames` until the test carries it. */
struct office {
    struct plan *plan;
    struct settings *settings;
    struct config *config;
    struct postman *postman;
    struct worker *worker;
    struct remote *other;
    struct frame frames[FRAMES_MAX];
    uint32_t frame_count;
    uint32_t heard;
    enum peer_news news;
    uint32_t forgotten;
};

static void send_frame(void *context, struct remote *remote, const struct frame_head *head,
                       const void *payload, size_t size)
{
    struct office *office = context;

    (void)remote;
    ck_assert_uint_lt(office->frame_count, FRAMES_MAX);
    struct frame *frame = &office->frames[office->frame_count++];
    frame->size = sizeof *head + size;
    ck_assert_uint_le(frame->size, sizeof frame->bytes);
    memcpy(frame->bytes, head, sizeof *head);
    if (size > 0)
        memcpy((uint8_t *)frame->bytes + sizeof *head, payload, size);
}

static void hear(void *context, struct remote *remote, const void *payload, size_t size)
{
    (void)remote;
    (void)payload;
    ((struct office *)context)->heard += (uint32_t)size;
}

static void changed(void *context, struct remote *remote, enum peer_news news)
{
    (void)remote;
    ((struct office *)context)->news = news;
}

static void forget(void *context, struct remote *remote)
{
    (void)remote;
    ((struct office *)context)->forgotten++;
}

static const struct postman_host host = {
    .send = send_frame, .hear = hear, .changed = changed, .forget = forget};

/* Executor 0 is the source's, 1 the sink's. */
static void open_office(struct office *office, uint32_t slot, const bool executors[2])
{
    struct error error;
    struct placement *placement = NULL;

    *office = (struct office){.settings = settings_new()};
    ck_assert_int_eq(describe(&pair, &office->plan, &error), ERR_OK);
    ck_assert_int_eq(plan_check(office->plan, &error), ERR_OK);
    ck_assert_int_eq(config_make(office->plan, office->settings, &office->config, &error), ERR_OK);
    ck_assert_int_eq(placement_new(office->plan, 1, NULL, &placement, &error), ERR_OK);
    struct postman_options postman = {.topology = "pair-1",
                                      .supervisor = "s",
                                      .slot = slot,
                                      .incarnation = 1,
                                      .block_bytes = office->config->block_bytes,
                                      .seed = slot,
                                      .host = &host,
                                      .context = office};
    office->postman = postman_new(&postman);
    struct worker_options worker = {.topology = &pair,
                                    .plan = office->plan,
                                    .config = office->config,
                                    .loops = 1,
                                    .executors = executors,
                                    .routing = routing_new_alone(office->plan, placement),
                                    .postman = postman_parker(office->postman)};
    ck_assert_int_eq(worker_new(&worker, &office->worker, &error), ERR_OK);
    placement_destroy(&placement);
    postman_attach(office->postman, office->worker);
}

static void close_office(struct office *office)
{
    postman_destroy(&office->postman);
    worker_destroy(&office->worker);
    config_destroy(&office->config);
    settings_destroy(&office->settings);
    plan_destroy(&office->plan);
}

static void introduce(struct office *office, uint32_t slot)
{
    struct remote *members[2] = {NULL, NULL};

    office->other = members[slot] = postman_remote(office->postman, "s", slot);
    postman_assign(office->postman, 1, members, 2, MS);
    peer_told(office->other->peer, 1, MS);
}

/* Hands over all frames, both ways, until there are none. */
static void carry(struct office *left, struct office *right)
{
    struct office *offices[2] = {left, right};

    while (left->frame_count + right->frame_count > 0) {
        for (int i = 0; i < 2; i++) {
            struct office *from = offices[i];
            struct frame frames[FRAMES_MAX];
            uint32_t count = from->frame_count;
            memcpy(frames, from->frames, sizeof frames);
            from->frame_count = 0;
            for (uint32_t f = 0; f < count; f++)
                postman_receive(offices[1 - i]->postman, frames[f].bytes, frames[f].size, 2 * MS);
        }
    }
}

static void open_both(struct office *left, struct office *right)
{
    open_office(left, 0, (const bool[]){true, false});
    open_office(right, 1, (const bool[]){false, true});
    introduce(left, 1);
    introduce(right, 0);
    carry(left, right);
    ck_assert(postman_is_linked(left->postman) && postman_is_linked(right->postman));
}

/* A lane to the sink in the right office, with one tuple. */
static void post_tuple(struct office *office, struct lane *lane, uint32_t target)
{
    struct lane_options options = {
        .remote = office->other, .limit = 2, .component = 1, .kind = BLOCK_DATA};
    const uint32_t size = sizeof(struct tuple_head) + sizeof(uint64_t);

    lane_init(lane, &office->worker->loops[0]->outbox, &options);
    struct tuple_head *tuple = lane_append(lane, size);
    *tuple = (struct tuple_head){.size = size, .target = target};
    (void)outbox_flush(&office->worker->loops[0]->outbox);
}

static struct block *take_one(struct office *office)
{
    struct block *block = intake_take(&office->worker->loops[0]->inbox);

    ck_assert_ptr_nonnull(block);
    ck_assert_ptr_null(block->next);
    return block;
}

static void expect_back(struct office *office, struct lane *lane, enum outbox_way way)
{
    struct block *block = take_one(office);

    ck_assert_int_eq(block->way, way);
    outbox_take_back(&office->worker->loops[0]->outbox, block);
    ck_assert_uint_eq(lane->out, 0);
    lane_done(lane);
}

START_TEST(a_block_goes_there_is_read_and_comes_back)
{
    struct office left, right;
    struct lane lane;

    open_both(&left, &right);
    post_tuple(&left, &lane, 1);
    ck_assert(postman_has_input(left.postman));
    ck_assert(postman_turn(left.postman, 3 * MS));
    carry(&left, &right);
    struct block *block = take_one(&right);
    ck_assert_int_eq(block->way, OUTBOX_IN);
    ck_assert_uint_eq(block->head.component, 1);
    loop_send_home(right.worker->loops[0], block);
    ck_assert(postman_turn(right.postman, 4 * MS));
    carry(&left, &right);
    expect_back(&left, &lane, OUTBOX_BACK);
    ck_assert_uint_eq(postman_counts(left.postman).peers.sent, 1);
    close_office(&left);
    close_office(&right);
}
END_TEST

START_TEST(a_tuple_whose_task_is_not_there_goes_astray)
{
    struct office left, right;
    struct lane lane;

    open_both(&left, &right);
    post_tuple(&left, &lane, 0); /* of the source, which the right has not */
    (void)postman_turn(left.postman, 3 * MS);
    carry(&left, &right);
    struct block *block = take_one(&right);
    ck_assert_int_eq(block->way, OUTBOX_ASTRAY);
    ck_assert_uint_eq(postman_counts(right.postman).astray, 1);
    loop_send_home(right.worker->loops[0], block);
    (void)postman_turn(right.postman, 4 * MS);
    carry(&left, &right);
    expect_back(&left, &lane, OUTBOX_BACK);
    close_office(&left);
    close_office(&right);
}
END_TEST

START_TEST(a_block_that_is_none_is_dropped_and_counts_as_read)
{
    struct office left, right;
    struct lane lane;

    open_both(&left, &right);
    post_tuple(&left, &lane, 77); /* there is no such task */
    (void)postman_turn(left.postman, 3 * MS);
    carry(&left, &right);
    ck_assert(intake_is_empty(&right.worker->loops[0]->inbox));
    ck_assert_uint_eq(postman_counts(right.postman).untrue, 1);
    right.other->has_credits = true; /* as with the next block that is read */
    (void)postman_turn(right.postman, 4 * MS);
    carry(&left, &right);
    expect_back(&left, &lane, OUTBOX_BACK);
    close_office(&left);
    close_office(&right);
}
END_TEST

START_TEST(what_was_sent_to_a_worker_that_is_not_a_member_any_more_is_lost)
{
    struct remote *nobody[1] = {NULL};

    /* It was transmitted; it waited for a link; it is handed over after that. */
    for (int when = 0; when < 3; when++) {
        struct office left, right;
        struct lane lane;
        open_both(&left, &right);
        if (when == 1)
            peer_told_gone(left.other->peer, 3 * MS);
        post_tuple(&left, &lane, 1);
        if (when < 2)
            (void)postman_turn(left.postman, 3 * MS);
        ck_assert(intake_is_empty(&left.worker->loops[0]->inbox));
        postman_assign(left.postman, 2, nobody, 1, 4 * MS);
        ck_assert_uint_eq(left.other->member, POSTMAN_NO_MEMBER);
        (void)postman_turn(left.postman, 5 * MS);
        expect_back(&left, &lane, OUTBOX_LOST);
        close_office(&left);
        close_office(&right);
    }
}
END_TEST

START_TEST(reports_to_a_worker_that_is_gone_are_dropped)
{
    struct office left, right;
    struct lane lane;
    struct lane_options options = {.limit = 2, .kind = BLOCK_ACKS};

    open_both(&left, &right);
    options.remote = left.other;
    peer_told_gone(left.other->peer, 3 * MS);
    lane_init(&lane, &left.worker->loops[0]->outbox, &options);
    struct block_ack *ack = lane_append(&lane, sizeof *ack);
    *ack = (struct block_ack){.root = 1, .value = 2};
    (void)outbox_flush(&left.worker->loops[0]->outbox);
    (void)postman_turn(left.postman, 4 * MS);
    expect_back(&left, &lane, OUTBOX_BACK);
    close_office(&left);
    close_office(&right);
}
END_TEST

START_TEST(nothing_is_heard_of_a_worker_that_is_not_a_member)
{
    struct office left, right;

    open_office(&left, 0, (const bool[]){true, false});
    open_office(&right, 1, (const bool[]){false, true});
    introduce(&left, 1);
    ck_assert_uint_eq(left.frame_count, 1); /* a HELLO */
    carry(&left, &right);
    ck_assert_uint_eq(postman_counts(right.postman).strange, 1);
    ck_assert(!postman_is_linked(left.postman));
    ck_assert_uint_lt(postman_deadline_ns(left.postman), UINT64_MAX); /* it will call again */
    static const uint64_t nonsense[8] = {1, 2, 3};
    postman_receive(right.postman, nonsense, sizeof nonsense, MS);
    postman_receive(right.postman, nonsense, 0, MS);
    ck_assert_uint_eq(postman_counts(right.postman).strange, 3);
    close_office(&left);
    close_office(&right);
}
END_TEST

START_TEST(a_remote_stays_the_same_and_there_is_a_limit)
{
    struct office office;

    open_office(&office, 0, (const bool[]){true, false});
    struct remote *first = postman_remote(office.postman, "t", 0);
    ck_assert_ptr_eq(postman_remote(office.postman, "t", 0), first);
    ck_assert_ptr_ne(postman_remote(office.postman, "t", 1), first);
    ck_assert_ptr_ne(postman_remote(office.postman, "u", 0), first);
    for (uint32_t slot = 2; slot < POSTMAN_REMOTES_MAX - 1; slot++)
        ck_assert_ptr_nonnull(postman_remote(office.postman, "t", slot));
    ck_assert_ptr_null(postman_remote(office.postman, "v", 0));
    ck_assert_ptr_eq(postman_remote(office.postman, "t", 0), first);
    ck_assert(postman_is_linked(office.postman)); /* none of them is a member */
    close_office(&office);
    ck_assert_uint_eq(office.forgotten, POSTMAN_REMOTES_MAX);
}
END_TEST

START_TEST(who_leaves_knows_when_the_other_knows)
{
    struct office left, right;

    open_both(&left, &right);
    ck_assert(!postman_has_left(left.postman));
    postman_leave(left.postman, 3 * MS);
    carry(&left, &right);
    ck_assert(postman_has_left(left.postman));
    ck_assert_int_eq(right.news, PEER_LEFT);
    postman_leave(right.postman, 4 * MS);
    ck_assert(postman_has_left(right.postman)); /* nobody is there to answer */
    close_office(&left);
    close_office(&right);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_block_goes_there_is_read_and_comes_back,
        a_tuple_whose_task_is_not_there_goes_astray,
        a_block_that_is_none_is_dropped_and_counts_as_read,
        what_was_sent_to_a_worker_that_is_not_a_member_any_more_is_lost,
        reports_to_a_worker_that_is_gone_are_dropped,
        nothing_is_heard_of_a_worker_that_is_not_a_member,
        a_remote_stays_the_same_and_there_is_a_limit,
        who_leaves_knows_when_the_other_knows,
    };
    return suite_run("postman", tests, sizeof tests / sizeof *tests);
}
