/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/outbox.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

#define BLOCK_BYTES 128
#define RECORD      16 /* bytes: eight to a block */
#define LIMIT       3
#define WAITING_MAX (4 * BLOCK_BYTES)

/* An outbox with one lane, to another loop or to the own one. */
struct post {
    struct outbox outbox;
    struct lane lane;
    struct link link;
    struct block_queue queues[1];
    struct parker receiver;
    struct parker sender;
    _Atomic bool wants_room;
};

enum post_way {
    POST_AWAY,
    POST_HOME,
};

static void post_init(struct post *post, enum post_way way)
{
    struct outbox_options options = {.block_bytes = BLOCK_BYTES, .queues = post->queues};
    struct lane_options lane = {.link = way == POST_AWAY ? &post->link : NULL,
                                .limit = LIMIT,
                                .waiting_bytes_max = WAITING_MAX,
                                .kind = BLOCK_DATA};

    memset(post, 0, sizeof *post);
    parker_init(&post->receiver);
    parker_init(&post->sender);
    ring_init(&post->link.forward, LIMIT);
    ring_init(&post->link.back, LIMIT);
    post->link.receiver = &post->receiver;
    post->link.sender = &post->sender;
    post->link.sender_wants_room = &post->wants_room;
    outbox_init(&post->outbox, &options);
    outbox_allow(&post->outbox, 1);
    lane_init(&post->lane, &post->outbox, &lane);
}

static struct block *receive(struct post *post)
{
    return post->lane.link == NULL ? block_queue_pop(&post->queues[0])
                                   : ring_pop(&post->link.forward);
}

static void give_back(struct post *post, struct block *block)
{
    if (post->lane.link == NULL) {
        outbox_take_back(&post->outbox, block);
        return;
    }
    link_return(&post->link, block);
    while ((block = ring_pop(&post->link.back)) != NULL)
        outbox_take_back(&post->outbox, block);
}

static void post_done(struct post *post)
{
    struct block *block;

    while ((block = receive(post)) != NULL)
        give_back(post, block);
    lane_done(&post->lane);
    outbox_done(&post->outbox);
    ring_done(&post->link.forward);
    ring_done(&post->link.back);
}

static bool append(struct post *post, uint64_t value, uint32_t size)
{
    uint64_t *record = lane_append(&post->lane, size);

    if (record == NULL)
        return false;
    memset(record, 0, size);
    record[0] = value;
    record[1] = size;
    return true;
}

/* Fills exactly one block. */
static void append_block(struct post *post)
{
    for (uint32_t i = 0; i < BLOCK_BYTES / RECORD; i++)
        ck_assert(append(post, i, RECORD));
}

START_TEST(nothing_leaves_before_its_block_is_full_or_flushed)
{
    struct post post;

    post_init(&post, POST_AWAY);
    ck_assert(outbox_is_empty(&post.outbox));
    ck_assert(!outbox_flush(&post.outbox));
    append_block(&post);
    ck_assert(!outbox_is_empty(&post.outbox));
    ck_assert_ptr_null(receive(&post));
    ck_assert(append(&post, 1, RECORD)); /* the next one needs another block */
    struct block *block = receive(&post);
    ck_assert_ptr_nonnull(block);
    ck_assert_uint_eq(block->head.count, 8);
    give_back(&post, block);

    ck_assert(outbox_flush(&post.outbox));
    ck_assert(outbox_is_empty(&post.outbox));
    block = receive(&post);
    ck_assert_uint_eq(block->head.count, 1);
    give_back(&post, block);
    ck_assert(!outbox_flush(&post.outbox));
    post_done(&post);
}
END_TEST

START_TEST(no_more_blocks_are_out_than_the_limit)
{
    struct post post;

    post_init(&post, POST_AWAY);
    for (uint32_t i = 0; i < LIMIT; i++) {
        ck_assert(append(&post, i, RECORD));
        ck_assert(outbox_flush(&post.outbox));
    }
    ck_assert_uint_eq(post.lane.out, LIMIT);
    ck_assert(append(&post, 9, RECORD));
    ck_assert(!outbox_flush(&post.outbox)); /* no credit: it stays open */
    ck_assert(lane_has_room(&post.lane));   /* and goes on filling */
    for (uint32_t i = 1; i < BLOCK_BYTES / RECORD; i++)
        ck_assert(append(&post, 9, RECORD));
    ck_assert(lane_has_room(&post.lane));
    ck_assert(append(&post, 10, RECORD));
    ck_assert(!lane_has_room(&post.lane));
    ck_assert_uint_eq(post.outbox.full_lanes, 1);
    ck_assert_uint_eq(post.lane.waiting_bytes, BLOCK_BYTES);

    give_back(&post, receive(&post));
    ck_assert(lane_has_room(&post.lane));
    ck_assert_uint_eq(post.outbox.full_lanes, 0);
    ck_assert_uint_eq(post.lane.out, LIMIT);
    ck_assert_uint_eq(post.outbox.sent, LIMIT + 1);
    post_done(&post);
}
END_TEST

START_TEST(what_waits_has_a_limit)
{
    struct post post;
    uint32_t blocks = 0;

    post_init(&post, POST_AWAY);
    while (append(&post, 1, BLOCK_BYTES))
        blocks++;
    /* As many as may be out, the open one, and those that wait: the limit and one block. */
    ck_assert_uint_eq(blocks, LIMIT + 1 + WAITING_MAX / BLOCK_BYTES + 1);
    ck_assert_uint_eq(post.lane.waiting_bytes, WAITING_MAX + BLOCK_BYTES);
    ck_assert(!append(&post, 1, RECORD));
    give_back(&post, receive(&post));
    ck_assert(append(&post, 1, RECORD));
    post_done(&post);
}
END_TEST

START_TEST(a_large_record_gets_a_block_of_its_own)
{
    struct post post;

    post_init(&post, POST_AWAY);
    ck_assert(append(&post, 1, RECORD));
    ck_assert(append(&post, 2, 2 * BLOCK_BYTES));
    (void)outbox_flush(&post.outbox);
    ck_assert_uint_eq(post.lane.out, 3);
    struct block *first = receive(&post);
    struct block *large = receive(&post);
    ck_assert_uint_eq(first->head.count, 1);
    ck_assert_uint_eq(large->head.count, 1);
    ck_assert_uint_eq(large->capacity, 2 * BLOCK_BYTES);
    give_back(&post, first);
    give_back(&post, large);
    ck_assert_uint_eq(post.lane.out, 0);
    post_done(&post);
}
END_TEST

START_TEST(a_large_block_takes_the_credit_of_as_many_usual_ones)
{
    struct post post;

    post_init(&post, POST_AWAY);
    ck_assert(append(&post, 1, 9 * BLOCK_BYTES + RECORD));
    ck_assert(append(&post, 2, RECORD));
    (void)outbox_flush(&post.outbox);
    struct block *large = receive(&post);
    ck_assert_uint_eq(post.lane.out, 10);
    ck_assert_ptr_null(receive(&post)); /* waits, though fewer than LIMIT blocks are out */
    give_back(&post, large);
    (void)outbox_flush(&post.outbox);
    ck_assert_uint_eq(post.lane.out, 1);
    struct block *last = receive(&post);
    ck_assert_uint_eq(*(uint64_t *)(void *)last->bytes, 2);
    give_back(&post, last);
    post_done(&post);
}
END_TEST

START_TEST(within_a_loop_an_empty_block_is_used_again)
{
    struct post post;

    post_init(&post, POST_HOME);
    ck_assert(append(&post, 1, RECORD));
    (void)outbox_flush(&post.outbox);
    struct block *block = receive(&post);
    give_back(&post, block);
    ck_assert(append(&post, 2, RECORD));
    ck_assert_ptr_eq(post.lane.open, block);
    ck_assert_uint_eq(block->head.count, 1);
    ck_assert_uint_eq(block->cursor, 0);
    post_done(&post);
}
END_TEST

START_TEST(blocks_for_the_own_loop_go_to_its_queue)
{
    struct post post;

    post_init(&post, POST_HOME);
    ck_assert(append(&post, 7, RECORD));
    lane_flush(&post.lane);
    ck_assert_uint_eq(post.outbox.sent, 0); /* not for the count of blocks between loops */
    struct block *block = block_queue_pop(&post.queues[0]);
    ck_assert_ptr_nonnull(block);
    ck_assert_uint_eq(*(uint64_t *)(void *)block->bytes, 7);
    give_back(&post, block);
    ck_assert_uint_eq(post.lane.out, 0);
    post_done(&post);
}
END_TEST

START_TEST(the_receiver_is_woken_if_it_sleeps)
{
    struct post post;

    post_init(&post, POST_AWAY);
    parker_prepare(&post.receiver);
    ck_assert(append(&post, 1, RECORD));
    ck_assert_int_eq(atomic_load(&post.receiver.state), PARKER_ASLEEP);
    (void)outbox_flush(&post.outbox);
    ck_assert_int_eq(atomic_load(&post.receiver.state), PARKER_AWAKE);
    post_done(&post);
}
END_TEST

START_TEST(the_sender_is_woken_by_credit_only_if_it_wants_room)
{
    for (int wants = 0; wants < 2; wants++) {
        struct post post;

        post_init(&post, POST_AWAY);
        ck_assert(append(&post, 1, RECORD));
        (void)outbox_flush(&post.outbox);
        parker_prepare(&post.sender);
        atomic_store(&post.wants_room, wants == 1);
        link_return(&post.link, receive(&post));
        ck_assert_int_eq(atomic_load(&post.sender.state),
                         wants == 1 ? PARKER_AWAKE : PARKER_ASLEEP);
        outbox_take_back(&post.outbox, ring_pop(&post.link.back));
        post_done(&post);
    }
}
END_TEST

START_TEST(reports_are_counted_apart_from_data)
{
    struct post post;
    struct lane_options options = {.limit = 1, .waiting_bytes_max = UINT64_MAX, .kind = BLOCK_ACKS};

    post_init(&post, POST_AWAY);
    options.link = &post.link;
    lane_done(&post.lane);
    lane_init(&post.lane, &post.outbox, &options);
    for (uint32_t i = 0; i < 100; i++)
        append_block(&post);
    ck_assert_uint_eq(post.outbox.full_lanes, 0);
    ck_assert_uint_eq(post.outbox.full_ack_lanes, 1);
    ck_assert_uint_eq(post.lane.waiting_bytes, 98u * BLOCK_BYTES);
    for (uint32_t i = 0; i < 99; i++)
        give_back(&post, receive(&post));
    ck_assert_uint_eq(post.outbox.full_ack_lanes, 0);
    post_done(&post);
}
END_TEST

/* ---- property: any sequence of calls against a list of numbers ---- */

#define LARGE_WORDS      100u
#define LARGE_CREDIT_MAX ((2 + LARGE_WORDS) * 8 / BLOCK_BYTES + 1)

struct naive {
    uint64_t appended;
    uint64_t read;
    uint32_t held; /* blocks at the receiver */
    struct block *blocks[LIMIT];
};

/* Records come as they were appended: counting from 0, each as long as it says. */
static bool read_block(struct naive *naive, const struct block *block)
{
    uint32_t at = 0;
    uint32_t count = 0;
    bool right = true;

    for (; at < block->head.used; count++) {
        const uint64_t *record = (const uint64_t *)(const void *)(block->bytes + at);
        right &= record[0] == naive->read++;
        at += (uint32_t)record[1];
    }
    return right && count == block->head.count && count > 0;
}

static bool step(struct post *post, struct naive *naive, struct rng *rng)
{
    uint32_t what = rng_below(rng, 100);
    struct block *block;

    if (what < 60) {
        uint32_t words = what < 57 ? 2 + rng_below(rng, 5) : 2 + rng_below(rng, LARGE_WORDS);
        bool was_full = post->lane.waiting_bytes > WAITING_MAX;
        bool fits = post->lane.open != NULL &&
                    words * 8 <= post->lane.open->capacity - post->lane.open->head.used;
        bool is_in = append(post, naive->appended, words * 8);
        naive->appended += is_in;
        return is_in == (fits || !was_full);
    }
    if (what < 75) {
        (void)outbox_flush(&post->outbox);
        return post->lane.open == NULL || post->lane.out >= LIMIT;
    }
    if (what < 88 && (block = receive(post)) != NULL) {
        naive->blocks[naive->held++] = block;
        return read_block(naive, block);
    }
    if (naive->held > 0) { /* they may come home in any order */
        uint32_t pick = rng_below(rng, naive->held);
        block = naive->blocks[pick];
        naive->blocks[pick] = naive->blocks[--naive->held];
        give_back(post, block);
    }
    return true;
}

static void play(enum post_way way, uint64_t seed)
{
    struct post post;
    struct naive naive = {.held = 0};
    struct block *block;
    struct rng rng;

    post_init(&post, way);
    rng_init(&rng, seed);
    for (uint32_t i = 0; i < 5000; i++) {
        bool right = step(&post, &naive, &rng);
        right &= post.lane.out < LIMIT + LARGE_CREDIT_MAX;
        right &= lane_has_room(&post.lane) == (post.outbox.full_lanes == 0);
        right &= lane_has_room(&post.lane) || post.lane.out >= LIMIT;
        ck_assert_msg(right, "seed %u, step %u", (unsigned)seed, i);
    }
    while (naive.held > 0)
        give_back(&post, naive.blocks[--naive.held]);
    do {
        while ((block = receive(&post)) != NULL) {
            ck_assert(read_block(&naive, block));
            give_back(&post, block);
        }
    } while (outbox_flush(&post.outbox));
    ck_assert_uint_eq(naive.read, naive.appended);
    ck_assert(outbox_is_empty(&post.outbox));
    ck_assert_uint_eq(post.lane.out, 0);
    post_done(&post);
}

START_TEST(every_record_arrives_once_and_in_order)
{
    for (uint64_t seed = 0; seed < 40; seed++)
        play(seed % 2 == 0 ? POST_AWAY : POST_HOME, seed);
}
END_TEST

/* The same with a lane to another worker, whose postman the test is. */
START_TEST(blocks_for_another_worker_have_the_same_credit)
{
    struct intake intake;
    struct parker postman;
    struct post post;
    char worker;

    intake_init(&intake);
    parker_init(&postman);
    post_init(&post, POST_HOME);
    post.outbox.post = &intake;
    post.outbox.postman = &postman;
    post.lane.remote = &worker;
    post.lane.loop = 7;
    for (uint32_t i = 0; i <= LIMIT; i++) {
        ck_assert(append(&post, i, RECORD));
        (void)outbox_flush(&post.outbox);
    }
    ck_assert_uint_eq(post.lane.out, LIMIT);
    ck_assert_uint_eq(post.outbox.abroad, LIMIT);
    ck_assert(!outbox_is_empty(&post.outbox));
    struct block *block = intake_take(&intake);
    for (uint32_t i = 0; i < LIMIT; i++) {
        struct block *next = block->next;
        ck_assert_ptr_eq(block->peer, &worker);
        ck_assert_uint_eq(block->loop, 7);
        ck_assert_int_eq(block->way, OUTBOX_OUT);
        outbox_take_back(&post.outbox, block);
        ck_assert_ptr_null(block->peer); /* who reads it next time may be of this worker */
        block = next;
    }
    ck_assert_ptr_null(block);
    ck_assert_uint_eq(post.outbox.abroad, 0);
    ck_assert(outbox_flush(&post.outbox)); /* the one that had no credit */
    outbox_take_back(&post.outbox, intake_take(&intake));
    ck_assert(outbox_is_empty(&post.outbox));
    post_done(&post);
}
END_TEST

START_TEST(what_leads_nowhere_waits_until_it_is_taken_out)
{
    struct post post;
    struct lane lane;
    struct lane_options options = {
        .is_nowhere = true, .limit = LIMIT, .waiting_bytes_max = WAITING_MAX, .kind = BLOCK_DATA};

    post_init(&post, POST_HOME);
    outbox_allow(&post.outbox, 2);
    lane_init(&lane, &post.outbox, &options);
    for (uint32_t i = 0; i <= BLOCK_BYTES / RECORD; i++)
        ck_assert_ptr_nonnull(lane_append(&lane, RECORD));
    (void)outbox_flush(&post.outbox);
    ck_assert_uint_eq(lane.out, 0);
    ck_assert(!lane_has_room(&lane));
    ck_assert_uint_eq(post.outbox.full_lanes, 1);
    struct block *first = lane_empty(&lane);
    ck_assert_uint_eq(first->head.count, BLOCK_BYTES / RECORD);
    ck_assert_uint_eq(first->next->head.count, 1);
    lane_drop(&lane, first->next);
    lane_drop(&lane, first);
    ck_assert(lane_has_room(&lane));
    ck_assert_uint_eq(post.outbox.full_lanes, 0);
    (void)outbox_flush(&post.outbox);
    ck_assert(outbox_is_empty(&post.outbox));
    lane_done(&lane);
    post_done(&post);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        nothing_leaves_before_its_block_is_full_or_flushed,
        no_more_blocks_are_out_than_the_limit,
        what_waits_has_a_limit,
        a_large_record_gets_a_block_of_its_own,
        a_large_block_takes_the_credit_of_as_many_usual_ones,
        within_a_loop_an_empty_block_is_used_again,
        blocks_for_the_own_loop_go_to_its_queue,
        the_receiver_is_woken_if_it_sleeps,
        the_sender_is_woken_by_credit_only_if_it_wants_room,
        reports_are_counted_apart_from_data,
        blocks_for_another_worker_have_the_same_credit,
        what_leads_nowhere_waits_until_it_is_taken_out,
        every_record_arrives_once_and_in_order,
    };
    return suite_run("outbox", tests, sizeof tests / sizeof *tests);
}
