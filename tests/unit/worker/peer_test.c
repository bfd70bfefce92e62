/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One peer, alone: the test is the other worker. What the peer does is written down as words, in
 * order: frames by their kind and sequence ("DATA 3"), with what they list ("STATE 4:2,3"); blocks
 * that come back by their number ("read 1", "lost 2"); and news ("up").
 */
#include "worker/peer.h"

#include <stdarg.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/text.h"
#include "tests/support/suite.h"

#define MS         UINT64_C(1000000)
#define HELLO_NS   (50 * MS)
#define BEAT_NS    (200 * MS)
#define IDLE_NS    (2000 * MS)
#define UNREAD_MAX 8
#define BLOCKS_MAX 64
#define IN_LINK    UINT64_C(700)
#define END        UINT64_MAX /* of a list */
#define OWN        5          /* our incarnation */

struct rig {
    struct peer *peer;
    struct text words;
    struct block *blocks[BLOCKS_MAX]; /* that the peer has; by number */
    uint32_t block_count;
    uint64_t out_link; /* as the last frame down the channel had it */
    uint64_t back_link;
    uint64_t assignment;
    uint64_t now_ns;
    bool refuses; /* what is delivered */
};

/* ---- what the peer does ---- */

static const char *const kinds[] = {
    "?",       "HELLO",  "DATA",   "BEAT",  "BYE",  "TALK",
    "WELCOME", "REFUSE", "CREDIT", "STATE", "GONE", "AGAIN",
};

static void remember(struct rig *rig, const struct frame_head *head)
{
    ck_assert_uint_eq(head->version, FRAME_VERSION);
    ck_assert_uint_eq(head->zero, 0);
    ck_assert_uint_lt(head->kind, COUNT_OF(kinds));
    ck_assert_uint_ne(head->link, 0);
    rig->assignment = head->assignment;
    if (head->kind <= FRAME_TALK)
        rig->out_link = head->link;
    else
        rig->back_link = head->link;
    text_add(&rig->words, " %s %llu", kinds[head->kind], (unsigned long long)head->sequence);
}

static void on_send(void *context, struct peer *peer, const struct frame_head *head,
                    const void *payload, size_t size)
{
    struct rig *rig = context;
    bool has_list = head->kind == FRAME_CREDIT || head->kind == FRAME_STATE;

    ck_assert_ptr_eq(peer, rig->peer);
    remember(rig, head);
    if (head->kind == FRAME_REFUSE)
        has_list = true;
    for (size_t i = 0; has_list && i < size / 8; i++)
        text_add(&rig->words, "%c%llu", i == 0 ? ':' : ',',
                 (unsigned long long)bytes_get_u64((const uint8_t *)payload + 8 * i));
}

static void on_transmit(void *context, struct peer *peer, const struct frame_head *head,
                        struct block *block)
{
    struct rig *rig = context;

    (void)peer;
    remember(rig, head);
    ck_assert_uint_eq(head->kind, FRAME_DATA);
    ck_assert_uint_eq(head->loop, block->loop);
    ck_assert_uint_eq(head->link, block->link);
    ck_assert_uint_eq(head->sequence, block->sequence);
}

static bool on_deliver(void *context, struct peer *peer, const struct frame_view *frame)
{
    struct rig *rig = context;

    (void)peer;
    text_add(&rig->words, " took %llu", (unsigned long long)frame->head.sequence);
    return !rig->refuses;
}

static void on_hear(void *context, struct peer *peer, const void *payload, size_t size)
{
    struct rig *rig = context;

    (void)peer;
    text_add(&rig->words, " heard %.*s", (int)size, (const char *)payload);
}

static void on_give_back(void *context, struct peer *peer, struct block *block, enum peer_end end)
{
    struct rig *rig = context;
    uint32_t number = block->head.count;

    (void)peer;
    ck_assert_ptr_eq(rig->blocks[number], block);
    text_add(&rig->words, " %s %u", end == PEER_READ ? "read" : "lost", number);
    block_destroy(&rig->blocks[number]);
}

static void on_changed(void *context, struct peer *peer, enum peer_news news)
{
    static const char *const names[] = {"up", "down", "left", "refused"};
    struct rig *rig = context;

    (void)peer;
    text_add(&rig->words, " %s", names[news]);
}

static const struct peer_host host = {on_send, on_transmit,  on_deliver,
                                      on_hear, on_give_back, on_changed};

/* ---- the other worker ---- */

static void rig_init(struct rig *rig)
{
    struct peer_options options = {.topology = "words-1",
                                   .own_supervisor = "left",
                                   .own_slot = 1,
                                   .own_incarnation = OWN,
                                   .supervisor = "right",
                                   .slot = 2,
                                   .hello_ns = HELLO_NS,
                                   .beat_ns = BEAT_NS,
                                   .idle_beat_ns = IDLE_NS,
                                   .unread_max = UNREAD_MAX,
                                   .seed = 7,
                                   .host = &host,
                                   .context = rig};

    *rig = (struct rig){.now_ns = 1000 * MS};
    rig->peer = peer_new(&options);
}

static void rig_done(struct rig *rig)
{
    peer_destroy(&rig->peer);
    for (uint32_t i = 0; i < rig->block_count; i++)
        ck_assert_ptr_null(rig->blocks[i]); /* all came back */
    text_done(&rig->words);
}

/* What was done since the last time, without the first space. */
static void expect(struct rig *rig, const char *words)
{
    const char *done = text_data(&rig->words);

    ck_assert_str_eq(done[0] == ' ' ? done + 1 : done, words);
    text_clear(&rig->words);
}

static void feed_bytes(struct rig *rig, struct frame_head head, const void *payload, size_t size)
{
    uint8_t bytes[512];
    struct frame_view view;

    head.version = FRAME_VERSION;
    memcpy(bytes, &head, sizeof head);
    if (size > 0)
        memcpy(bytes + sizeof head, payload, size);
    ck_assert(frame_read(bytes, sizeof head + size, &view));
    peer_receive(rig->peer, &view, rig->now_ns);
}

/* A frame down the channel that leads here. */
static void feed(struct rig *rig, enum frame_kind kind, uint64_t sequence)
{
    static const uint8_t block[sizeof(struct block_head)];

    feed_bytes(rig,
               (struct frame_head){.kind = (uint8_t)kind, .link = IN_LINK, .sequence = sequence},
               block, kind == FRAME_DATA ? sizeof block : 0);
}

/* An answer about the channel that leads away; the list ends in END. */
static void answer(struct rig *rig, enum frame_kind kind, uint64_t sequence, ...)
{
    uint8_t list[256];
    size_t size = 0;
    va_list rest;

    va_start(rest, sequence);
    for (uint64_t value; (value = va_arg(rest, uint64_t)) != END; size += 8)
        bytes_put_u64(list + size, value);
    va_end(rest);
    feed_bytes(
        rig,
        (struct frame_head){.kind = (uint8_t)kind, .link = rig->out_link, .sequence = sequence},
        list, size);
}

struct caller {
    uint64_t from;
    uint64_t to;
    uint64_t link;
    uint64_t sequence;
};

static void feed_hello_as(struct rig *rig, struct caller caller, struct frame_hello hello)
{
    uint8_t payload[FRAME_HELLO_BYTES_MAX];

    hello.from_incarnation = caller.from;
    hello.to_incarnation = caller.to;
    feed_bytes(
        rig,
        (struct frame_head){.kind = FRAME_HELLO, .link = caller.link, .sequence = caller.sequence},
        payload, frame_write_hello(&hello, payload));
}

static void feed_hello(struct rig *rig, struct caller caller)
{
    feed_hello_as(rig, caller,
                  (struct frame_hello){.slot = 2, .topology = "words-1", .supervisor = "right"});
}

static void send(struct rig *rig)
{
    struct block *block = block_new(8);

    ck_assert_uint_lt(rig->block_count, BLOCKS_MAX);
    block_reset(block, BLOCK_DATA, 1);
    block->head.count = rig->block_count;
    block->loop = (uint16_t)rig->block_count;
    rig->blocks[rig->block_count++] = block;
    peer_send(rig->peer, block, rig->now_ns);
}

static void send_many(struct rig *rig, uint32_t count)
{
    for (; count > 0; count--)
        send(rig);
}

static void wait(struct rig *rig, uint64_t duration_ns)
{
    rig->now_ns += duration_ns;
    peer_tick(rig->peer, rig->now_ns);
}

/* Up to this incarnation; nothing was sent yet. */
static void rise(struct rig *rig, uint64_t incarnation)
{
    peer_told(rig->peer, incarnation, rig->now_ns);
    answer(rig, FRAME_WELCOME, 0, END);
    ck_assert(peer_is_up(rig->peer));
    text_clear(&rig->words);
}

/* And the other one calls, too. */
static void rise_both(struct rig *rig, uint64_t incarnation)
{
    rise(rig, incarnation);
    feed_hello(rig, (struct caller){incarnation, OWN, IN_LINK, 0});
    expect(rig, "WELCOME 0");
}

/* ---- calling ---- */

START_TEST(it_calls_when_it_is_told_where_with_growing_pauses)
{
    struct rig rig;
    rig_init(&rig);

    ck_assert_uint_eq(peer_deadline_ns(rig.peer), UINT64_MAX);
    ck_assert_uint_eq(peer_incarnation(rig.peer), 0);
    peer_set_assignment(rig.peer, 9);
    peer_told(rig.peer, 3, rig.now_ns);
    expect(&rig, "HELLO 0");
    ck_assert_uint_eq(rig.assignment, 9);
    ck_assert_uint_eq(peer_incarnation(rig.peer), 3);

    static const uint64_t pauses[] = {50, 100, 200, 400, 800, 1000, 1000};
    for (size_t i = 0; i < COUNT_OF(pauses); i++) {
        ck_assert_uint_eq(peer_deadline_ns(rig.peer), rig.now_ns + pauses[i] * MS);
        wait(&rig, pauses[i] * MS - 1);
        expect(&rig, "");
        wait(&rig, 1);
        expect(&rig, "HELLO 0");
    }
    ck_assert(!peer_is_up(rig.peer));
    answer(&rig, FRAME_WELCOME, 0, END);
    expect(&rig, "up");
    ck_assert(peer_is_up(rig.peer));
    rig_done(&rig);
}
END_TEST

START_TEST(what_is_handed_over_early_is_sent_in_order_when_it_is_welcome)
{
    struct rig rig;
    rig_init(&rig);

    send_many(&rig, 2);
    peer_told(rig.peer, 3, rig.now_ns);
    send(&rig);
    expect(&rig, "HELLO 0");
    ck_assert_uint_eq(peer_unread_there(rig.peer), 3);
    answer(&rig, FRAME_WELCOME, 0, END);
    expect(&rig, "up DATA 1 DATA 2 DATA 3");
    send(&rig);
    expect(&rig, "DATA 4");
    answer(&rig, FRAME_WELCOME, 0, END); /* to a HELLO that was repeated */
    expect(&rig, "");
    ck_assert_uint_eq(peer_unread_there(rig.peer), 4);
    peer_destroy(&rig.peer);
    expect(&rig, "lost 0 lost 1 lost 2 lost 3");
    rig_done(&rig);
}
END_TEST

START_TEST(the_hello_says_who_calls_whom)
{
    struct rig rig;
    rig_init(&rig);
    peer_told(rig.peer, 3, rig.now_ns);

    ck_assert(peer_has_link(rig.peer, FRAME_WELCOME, rig.out_link));
    ck_assert(!peer_has_link(rig.peer, FRAME_DATA, rig.out_link));
    ck_assert(!peer_has_link(rig.peer, FRAME_WELCOME, 0));
    ck_assert(!peer_has_link(rig.peer, FRAME_DATA, 0));
    feed_hello(&rig, (struct caller){3, OWN, IN_LINK, 0});
    ck_assert(peer_has_link(rig.peer, FRAME_DATA, IN_LINK));
    ck_assert(!peer_has_link(rig.peer, FRAME_STATE, IN_LINK));
    rig_done(&rig);
}
END_TEST

START_TEST(a_refusal_is_news_once_and_it_calls_on)
{
    struct rig rig;
    rig_init(&rig);

    send(&rig);
    peer_told(rig.peer, 3, rig.now_ns);
    answer(&rig, FRAME_REFUSE, 0, (uint64_t)FRAME_NOT_ME, END);
    expect(&rig, "HELLO 0 refused");
    ck_assert_int_eq(peer_refusal(rig.peer), FRAME_NOT_ME);
    answer(&rig, FRAME_REFUSE, 0, (uint64_t)FRAME_NOT_ME, END);
    answer(&rig, FRAME_REFUSE, 0, (uint64_t)77, END);
    answer(&rig, FRAME_REFUSE, 0, (uint64_t)0, END);
    expect(&rig, "");
    answer(&rig, FRAME_REFUSE, 0, (uint64_t)FRAME_STALE, END);
    expect(&rig, "refused");
    /* Nothing was sent, so there is nothing to be forgotten: the same link is called again. */
    uint64_t link = rig.out_link;
    answer(&rig, FRAME_REFUSE, 0, (uint64_t)FRAME_NO_LINK, END);
    expect(&rig, "refused");
    wait(&rig, HELLO_NS);
    expect(&rig, "HELLO 0");
    ck_assert_uint_eq(rig.out_link, link);
    answer(&rig, FRAME_WELCOME, 0, END);
    expect(&rig, "up DATA 1");
    rig_done(&rig);
}
END_TEST

START_TEST(one_that_is_refused_while_up_calls_again_and_goes_on)
{
    struct rig rig;
    rig_init(&rig);
    rise(&rig, 3);

    send_many(&rig, 3);
    answer(&rig, FRAME_REFUSE, 0, (uint64_t)FRAME_NOT_ASSIGNED, END);
    expect(&rig, "DATA 1 DATA 2 DATA 3 refused");
    send(&rig);
    answer(&rig, FRAME_CREDIT, 0, (uint64_t)1, END);
    answer(&rig, FRAME_AGAIN, 1, END);
    expect(&rig, "read 0");
    wait(&rig, HELLO_NS);
    expect(&rig, "HELLO 3");
    answer(&rig, FRAME_WELCOME, 2, END);
    expect(&rig, "up DATA 3 DATA 4");
    ck_assert_uint_eq(peer_counts(rig.peer).again, 1);
    ck_assert_uint_eq(peer_counts(rig.peer).sent, 4);
    rig_done(&rig);
}
END_TEST

/* ---- credit ---- */

START_TEST(blocks_come_back_as_they_are_read_in_any_order)
{
    struct rig rig;
    rig_init(&rig);
    rise(&rig, 3);

    send_many(&rig, 5);
    text_clear(&rig.words);
    answer(&rig, FRAME_CREDIT, 0, (uint64_t)4, (uint64_t)1, END);
    expect(&rig, "read 3 read 0");
    /* Known already, never sent, and none at all. */
    answer(&rig, FRAME_CREDIT, 0, (uint64_t)4, (uint64_t)6, (uint64_t)0, END - 1, END);
    expect(&rig, "");
    ck_assert_uint_eq(peer_unread_there(rig.peer), 3);
    answer(&rig, FRAME_STATE, 4, (uint64_t)2, END); /* 3 was read, 2 was not, 5 is on its way */
    expect(&rig, "read 2");
    answer(&rig, FRAME_STATE, 5, END);
    expect(&rig, "read 1 read 4");
    ck_assert_uint_eq(peer_unread_there(rig.peer), 0);
    rig_done(&rig);
}
END_TEST

START_TEST(nonsense_about_a_channel_does_nothing)
{
    struct rig rig;
    rig_init(&rig);
    rise(&rig, 3);

    send_many(&rig, 2);
    text_clear(&rig.words);
    uint64_t link = rig.out_link;
    answer(&rig, FRAME_STATE, 3, END);
    answer(&rig, FRAME_STATE, UINT64_MAX, END);
    answer(&rig, FRAME_WELCOME, 3, END);
    answer(&rig, FRAME_AGAIN, 2, END);
    answer(&rig, FRAME_AGAIN, 3, END);
    answer(&rig, FRAME_GONE, 2, END);
    ck_assert(!peer_has_left(rig.peer));
    rig.out_link = link + 1; /* another channel */
    answer(&rig, FRAME_STATE, 2, END);
    answer(&rig, FRAME_CREDIT, 0, (uint64_t)1, END);
    answer(&rig, FRAME_AGAIN, 0, END);
    answer(&rig, FRAME_REFUSE, 0, (uint64_t)FRAME_NO_LINK, END);
    feed(&rig, FRAME_DATA, 1); /* none leads here */
    feed(&rig, FRAME_BEAT, 1);
    feed(&rig, FRAME_BYE, 0);
    feed_bytes(&rig, (struct frame_head){.kind = FRAME_TALK, .link = IN_LINK}, "x", 1);
    expect(&rig, "");
    rig.out_link = link;
    answer(&rig, FRAME_STATE, 2, (uint64_t)2, (uint64_t)1, END); /* not ascending */
    expect(&rig, "read 0");
    rig_done(&rig);
}
END_TEST

/* ---- beats, and going back ---- */

START_TEST(it_beats_often_while_something_is_unread_and_rarely_when_not)
{
    struct rig rig;
    rig_init(&rig);
    rise(&rig, 3);

    wait(&rig, BEAT_NS);
    expect(&rig, "BEAT 0");
    answer(&rig, FRAME_STATE, 0, END);
    ck_assert_uint_eq(peer_deadline_ns(rig.peer), rig.now_ns + IDLE_NS);
    send(&rig);
    ck_assert_uint_eq(peer_deadline_ns(rig.peer), rig.now_ns + BEAT_NS);
    wait(&rig, BEAT_NS / 2);
    send(&rig);
    ck_assert_uint_eq(peer_deadline_ns(rig.peer), rig.now_ns + BEAT_NS / 2);
    text_clear(&rig.words);
    wait(&rig, BEAT_NS / 2);
    expect(&rig, "BEAT 2");
    ck_assert_uint_eq(peer_deadline_ns(rig.peer), rig.now_ns + BEAT_NS);
    answer(&rig, FRAME_STATE, 2, END);
    wait(&rig, BEAT_NS);
    expect(&rig, "read 0 read 1 BEAT 2");
    ck_assert_uint_eq(peer_deadline_ns(rig.peer), rig.now_ns + IDLE_NS);
    rig_done(&rig);
}
END_TEST

START_TEST(it_goes_back_when_asked_but_not_all_the_time)
{
    struct rig rig;
    rig_init(&rig);
    rise(&rig, 3);

    send_many(&rig, 5);
    answer(&rig, FRAME_CREDIT, 0, (uint64_t)2, END);
    text_clear(&rig.words);
    answer(&rig, FRAME_AGAIN, 3, END);
    expect(&rig, "DATA 4 DATA 5");
    for (int i = 0; i < 5; i++)
        answer(&rig, FRAME_AGAIN, 3, END);
    expect(&rig, "");
    wait(&rig, BEAT_NS - 1);
    answer(&rig, FRAME_AGAIN, 3, END);
    expect(&rig, "");
    wait(&rig, 1);
    expect(&rig, "BEAT 5");
    answer(&rig, FRAME_AGAIN, 3, END);
    expect(&rig, "DATA 4 DATA 5");
    ck_assert_uint_eq(peer_counts(rig.peer).again, 4);
    /* STATE alone is not a call for more: what it does not speak of may be on its way. */
    wait(&rig, BEAT_NS);
    answer(&rig, FRAME_STATE, 3, (uint64_t)1, (uint64_t)3, END);
    answer(&rig, FRAME_STATE, 3, (uint64_t)1, (uint64_t)3, END);
    expect(&rig, "BEAT 5");
    rig_done(&rig);
}
END_TEST

START_TEST(one_that_says_nothing_is_asked_who_it_knows)
{
    struct rig rig;
    rig_init(&rig);
    rise(&rig, 3);

    send(&rig);
    text_clear(&rig.words);
    for (int i = 0; i < 5; i++)
        wait(&rig, BEAT_NS);
    expect(&rig, "BEAT 1 BEAT 1 BEAT 1 HELLO 1 HELLO 1");
    ck_assert(peer_is_up(rig.peer));
    answer(&rig, FRAME_WELCOME, 0, END); /* it stood still */
    expect(&rig, "");
    wait(&rig, BEAT_NS);
    answer(&rig, FRAME_AGAIN, 0, END);
    expect(&rig, "BEAT 1 DATA 1");
    rig_done(&rig);
}
END_TEST

START_TEST(a_channel_that_is_forgotten_there_begins_anew)
{
    struct rig rig;
    rig_init(&rig);
    rise(&rig, 3);

    send_many(&rig, 3);
    answer(&rig, FRAME_CREDIT, 0, (uint64_t)2, END);
    text_clear(&rig.words);
    uint64_t link = rig.out_link;
    answer(&rig, FRAME_REFUSE, 0, (uint64_t)FRAME_NO_LINK, END);
    expect(&rig, "refused lost 0 lost 2 HELLO 0");
    ck_assert_uint_ne(rig.out_link, link);
    send(&rig);
    answer(&rig, FRAME_WELCOME, 0, END);
    expect(&rig, "up DATA 1");
    ck_assert_uint_eq(peer_counts(rig.peer).lost, 2);
    rig_done(&rig);
}
END_TEST

/* ---- incarnations ---- */

START_TEST(a_new_incarnation_ends_the_one_before)
{
    struct rig rig;
    rig_init(&rig);
    rise_both(&rig, 3);

    send_many(&rig, 3);
    answer(&rig, FRAME_CREDIT, 0, (uint64_t)2, END);
    text_clear(&rig.words);
    peer_told(rig.peer, 3, rig.now_ns);
    peer_told(rig.peer, 2, rig.now_ns);
    peer_told(rig.peer, 0, rig.now_ns);
    expect(&rig, "");
    uint64_t link = rig.out_link;
    peer_told(rig.peer, 4, rig.now_ns);
    expect(&rig, "lost 0 lost 2 down HELLO 0");
    ck_assert_uint_ne(rig.out_link, link);
    ck_assert_uint_eq(peer_heard_ns(rig.peer), 0);
    send(&rig);

    /* The old one is not heard any more. */
    uint64_t young = rig.out_link;
    rig.out_link = link;
    answer(&rig, FRAME_WELCOME, 0, END);
    answer(&rig, FRAME_STATE, 3, END);
    feed(&rig, FRAME_DATA, 1);
    feed(&rig, FRAME_BEAT, 1);
    feed(&rig, FRAME_BYE, 0);
    expect(&rig, "");
    feed_hello(&rig, (struct caller){3, OWN, IN_LINK, 0});
    expect(&rig, "REFUSE 0:2");
    rig.out_link = young;
    answer(&rig, FRAME_WELCOME, 0, END);
    expect(&rig, "up DATA 1");
    ck_assert_uint_eq(peer_counts(rig.peer).refused, 1);
    rig_done(&rig);
}
END_TEST

START_TEST(what_was_never_sent_survives_the_incarnation)
{
    struct rig rig;
    rig_init(&rig);

    peer_told(rig.peer, 3, rig.now_ns);
    send_many(&rig, 2);
    peer_told(rig.peer, 4, rig.now_ns);
    expect(&rig, "HELLO 0 down HELLO 0");
    peer_told_gone(rig.peer, rig.now_ns);
    expect(&rig, "down");
    ck_assert_uint_eq(peer_incarnation(rig.peer), 0);
    ck_assert_uint_eq(peer_deadline_ns(rig.peer), UINT64_MAX);
    send(&rig);
    peer_told(rig.peer, 5, rig.now_ns);
    answer(&rig, FRAME_WELCOME, 0, END);
    expect(&rig, "HELLO 0 up DATA 1 DATA 2 DATA 3");
    rig_done(&rig);
}
END_TEST

START_TEST(a_hello_may_be_ahead_of_the_cluster_state)
{
    struct rig rig;
    rig_init(&rig);
    rise_both(&rig, 3);

    send(&rig);
    text_clear(&rig.words);
    feed_hello(&rig, (struct caller){4, OWN, IN_LINK + 1, 0});
    expect(&rig, "lost 0 down HELLO 0 WELCOME 0");
    ck_assert_uint_eq(peer_incarnation(rig.peer), 4);
    ck_assert_uint_eq(peer_heard_ns(rig.peer), rig.now_ns);
    wait(&rig, HELLO_NS);
    peer_told(rig.peer, 4, rig.now_ns); /* now it is known where that is */
    expect(&rig, "HELLO 0 HELLO 0");
    answer(&rig, FRAME_WELCOME, 0, END);
    peer_told_gone(rig.peer, rig.now_ns);
    expect(&rig, "up down");
    rig_done(&rig);
}
END_TEST

START_TEST(a_hello_may_come_before_anything_is_told)
{
    struct rig rig;
    rig_init(&rig);

    feed_hello(&rig, (struct caller){1, OWN, IN_LINK, 0});
    expect(&rig, "HELLO 0 WELCOME 0");
    feed(&rig, FRAME_DATA, 1);
    expect(&rig, "took 1");
    peer_told_gone(rig.peer, rig.now_ns); /* not assigned, it turns out */
    feed(&rig, FRAME_DATA, 2);
    expect(&rig, "down");
    feed_hello(&rig, (struct caller){2, OWN, IN_LINK + 1, 0}); /* but this one might be */
    expect(&rig, "HELLO 0 WELCOME 0");
    rig_done(&rig);
}
END_TEST

START_TEST(the_word_that_it_is_gone_can_be_taken_back)
{
    struct rig rig;
    rig_init(&rig);
    rise_both(&rig, 3);

    feed(&rig, FRAME_DATA, 1);
    send(&rig);
    peer_told_gone(rig.peer, rig.now_ns);
    expect(&rig, "took 1 DATA 1 lost 0 down");
    feed(&rig, FRAME_DATA, 2);
    feed(&rig, FRAME_BEAT, 2);
    feed_hello(&rig, (struct caller){3, OWN, IN_LINK, 2});
    peer_read(rig.peer, IN_LINK, 1);
    peer_flush(rig.peer, rig.now_ns);
    expect(&rig, "REFUSE 0:1");
    peer_told(rig.peer, 3, rig.now_ns);
    feed(&rig, FRAME_BEAT, 2);
    feed(&rig, FRAME_DATA, 2);
    expect(&rig, "HELLO 0 STATE 1 AGAIN 1 took 2");
    rig_done(&rig);
}
END_TEST

START_TEST(who_calls_is_looked_at)
{
    static const struct {
        struct caller caller;
        struct frame_hello hello;
        const char *words;
    } cases[] = {
        {{3, OWN, 9, 0}, {.slot = 2, .topology = "other", .supervisor = "right"}, "REFUSE 0:1"},
        {{3, OWN, 9, 0}, {.slot = 3, .topology = "words-1", .supervisor = "right"}, ""},
        {{3, OWN, 9, 0}, {.slot = 2, .topology = "words-1", .supervisor = "left"}, ""},
        {{3, OWN, 0, 0}, {.slot = 2, .topology = "words-1", .supervisor = "right"}, ""},
        {{0, OWN, 9, 0}, {.slot = 2, .topology = "words-1", .supervisor = "right"}, ""},
        {{3, OWN - 1, 9, 0},
         {.slot = 2, .topology = "words-1", .supervisor = "right"},
         "REFUSE 0:3"},
        {{9, OWN + 1, 9, 0},
         {.slot = 2, .topology = "words-1", .supervisor = "right"},
         "REFUSE 0:3"},
        {{2, OWN, 9, 0}, {.slot = 2, .topology = "words-1", .supervisor = "right"}, "REFUSE 0:2"},
        {{3, OWN, 9, 1}, {.slot = 2, .topology = "words-1", .supervisor = "right"}, "REFUSE 0:4"},
        {{4, OWN, 9, 1}, {.slot = 2, .topology = "words-1", .supervisor = "right"}, "REFUSE 0:4"},
        {{3, OWN, 9, 0}, {.slot = 2, .topology = "words-1", .supervisor = "right"}, "WELCOME 0"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct rig rig;
        rig_init(&rig);
        rise(&rig, 3);
        feed_hello_as(&rig, cases[i].caller, cases[i].hello);
        if (cases[i].words[0] != '\0')
            ck_assert_uint_eq(rig.back_link, 9);
        expect(&rig, cases[i].words);
        ck_assert_uint_eq(peer_incarnation(rig.peer), 3);
        rig_done(&rig);
    }
}
END_TEST

START_TEST(a_call_that_came_too_early_is_repeated_when_the_other_calls)
{
    struct rig rig;
    rig_init(&rig);

    peer_told(rig.peer, 3, rig.now_ns);
    for (int i = 0; i < 6; i++)
        wait(&rig, 1000 * MS);
    text_clear(&rig.words);
    feed_hello(&rig, (struct caller){3, OWN, IN_LINK, 0});
    expect(&rig, "HELLO 0 WELCOME 0");
    feed_hello(&rig, (struct caller){3, OWN, IN_LINK, 0}); /* no answer to an answer */
    expect(&rig, "WELCOME 0");
    rig_done(&rig);
}
END_TEST

/* ---- receiving ---- */

START_TEST(data_is_taken_in_order_and_once)
{
    struct rig rig;
    rig_init(&rig);
    rise_both(&rig, 3);

    feed(&rig, FRAME_DATA, 1);
    feed(&rig, FRAME_DATA, 2);
    feed(&rig, FRAME_DATA, 1);
    feed(&rig, FRAME_DATA, 0);
    expect(&rig, "took 1 took 2");
    feed(&rig, FRAME_DATA, 4);
    feed(&rig, FRAME_DATA, 5);
    feed(&rig, FRAME_DATA, UINT64_MAX);
    expect(&rig, "AGAIN 2"); /* once */
    feed(&rig, FRAME_BEAT, 5);
    expect(&rig, "STATE 2:1,2 AGAIN 2");
    feed(&rig, FRAME_DATA, 3);
    feed(&rig, FRAME_DATA, 5);
    expect(&rig, "took 3 AGAIN 3"); /* another gap */
    struct peer_counts counts = peer_counts(rig.peer);
    ck_assert_uint_eq(counts.received, 3);
    ck_assert_uint_eq(counts.repeated, 2);
    ck_assert_uint_eq(counts.gaps, 4);
    rig_done(&rig);
}
END_TEST

START_TEST(what_is_read_is_credited_once_a_turn)
{
    struct rig rig;
    rig_init(&rig);
    rise_both(&rig, 3);

    for (uint64_t i = 1; i <= 4; i++)
        feed(&rig, FRAME_DATA, i);
    text_clear(&rig.words);
    peer_flush(rig.peer, rig.now_ns);
    expect(&rig, "");
    peer_read(rig.peer, IN_LINK, 3);
    peer_read(rig.peer, IN_LINK, 1);
    peer_read(rig.peer, IN_LINK, 1);
    peer_read(rig.peer, IN_LINK, 5);
    peer_read(rig.peer, IN_LINK + 1, 2);
    feed(&rig, FRAME_BEAT, 4);
    peer_flush(rig.peer, rig.now_ns);
    peer_flush(rig.peer, rig.now_ns);
    expect(&rig, "STATE 4:2,4 CREDIT 0:3,1");
    ck_assert_uint_eq(rig.back_link, IN_LINK);
    rig_done(&rig);
}
END_TEST

START_TEST(a_block_that_is_not_one_counts_as_read)
{
    struct rig rig;
    rig_init(&rig);
    rise_both(&rig, 3);

    rig.refuses = true;
    feed(&rig, FRAME_DATA, 1);
    rig.refuses = false;
    feed(&rig, FRAME_DATA, 2);
    feed(&rig, FRAME_BEAT, 2);
    peer_flush(rig.peer, rig.now_ns);
    expect(&rig, "took 1 took 2 STATE 2:2 CREDIT 0:1");
    rig_done(&rig);
}
END_TEST

START_TEST(there_is_a_limit_to_what_may_be_unread_here)
{
    struct rig rig;
    rig_init(&rig);
    rise_both(&rig, 3);

    for (uint64_t i = 1; i <= UNREAD_MAX; i++)
        feed(&rig, FRAME_DATA, i);
    text_clear(&rig.words);
    feed(&rig, FRAME_DATA, UNREAD_MAX + 1);
    feed(&rig, FRAME_BEAT, UNREAD_MAX + 1);
    feed(&rig, FRAME_BYE, UNREAD_MAX + 1);
    expect(&rig, "STATE 8:1,2,3,4,5,6,7,8"); /* and no call for more */
    peer_read(rig.peer, IN_LINK, 4);
    feed(&rig, FRAME_BEAT, UNREAD_MAX + 1);
    feed(&rig, FRAME_DATA, UNREAD_MAX + 1);
    expect(&rig, "STATE 8:1,2,3,5,6,7,8 AGAIN 8 took 9");
    rig_done(&rig);
}
END_TEST

START_TEST(a_full_credit_leaves_by_itself)
{
    struct rig rig;
    rig_init(&rig);
    rise_both(&rig, 3);

    for (uint64_t i = 1; i <= FRAME_CREDITS_MAX; i++) {
        feed(&rig, FRAME_DATA, i);
        text_clear(&rig.words);
        peer_read(rig.peer, IN_LINK, i);
    }
    ck_assert_uint_gt(text_size(&rig.words), (size_t)2 * FRAME_CREDITS_MAX);
    text_clear(&rig.words);
    peer_flush(rig.peer, rig.now_ns);
    expect(&rig, "");
    rig_done(&rig);
}
END_TEST

START_TEST(a_call_that_is_repeated_goes_on_where_it_was)
{
    struct rig rig;
    rig_init(&rig);
    rise_both(&rig, 3);

    feed(&rig, FRAME_DATA, 1);
    feed(&rig, FRAME_DATA, 2);
    feed_hello(&rig, (struct caller){3, OWN, IN_LINK, 2});
    feed_hello(&rig, (struct caller){3, OWN, IN_LINK, 0}); /* late */
    feed(&rig, FRAME_DATA, 3);
    expect(&rig, "took 1 took 2 WELCOME 2 WELCOME 2 took 3");
    rig_done(&rig);
}
END_TEST

START_TEST(a_new_link_of_the_same_incarnation_is_a_new_channel)
{
    struct rig rig;
    rig_init(&rig);
    rise_both(&rig, 3);

    send(&rig);
    feed(&rig, FRAME_DATA, 1);
    feed(&rig, FRAME_DATA, 2);
    peer_read(rig.peer, IN_LINK, 2);
    text_clear(&rig.words);
    feed_hello(&rig, (struct caller){3, OWN, IN_LINK + 1, 0});
    expect(&rig, "WELCOME 0 HELLO 1"); /* has it forgotten us as well? */
    feed(&rig, FRAME_DATA, 3);
    peer_read(rig.peer, IN_LINK, 1);
    feed_hello(&rig, (struct caller){3, OWN, IN_LINK, 0}); /* late */
    peer_flush(rig.peer, rig.now_ns);
    expect(&rig, "");
    answer(&rig, FRAME_WELCOME, 1, END); /* it has not */
    expect(&rig, "");
    ck_assert(!peer_has_link(rig.peer, FRAME_DATA, IN_LINK));
    ck_assert(peer_has_link(rig.peer, FRAME_DATA, IN_LINK + 1));
    rig_done(&rig);
}
END_TEST

/* ---- talking and leaving ---- */

START_TEST(talk_goes_only_where_it_is_up)
{
    struct rig rig;
    rig_init(&rig);

    ck_assert(!peer_talk(rig.peer, "ho", 2));
    rise_both(&rig, 3);
    ck_assert(peer_talk(rig.peer, "ho", 2));
    feed_bytes(&rig, (struct frame_head){.kind = FRAME_TALK, .link = IN_LINK}, "hi", 2);
    expect(&rig, "TALK 0 heard hi");
    peer_told_gone(rig.peer, rig.now_ns);
    ck_assert(!peer_talk(rig.peer, "ho", 2));
    rig_done(&rig);
}
END_TEST

START_TEST(it_leaves_when_all_was_read)
{
    struct rig rig;
    rig_init(&rig);
    rise(&rig, 3);

    send_many(&rig, 2);
    text_clear(&rig.words);
    answer(&rig, FRAME_GONE, 2, END); /* nobody said BYE */
    peer_leave(rig.peer, rig.now_ns);
    answer(&rig, FRAME_CREDIT, 0, (uint64_t)2, END);
    expect(&rig, "read 1");
    answer(&rig, FRAME_CREDIT, 0, (uint64_t)1, END);
    expect(&rig, "read 0 BYE 2");
    ck_assert(!peer_has_left(rig.peer));
    wait(&rig, BEAT_NS);
    expect(&rig, "BYE 2");
    answer(&rig, FRAME_GONE, 2, END);
    ck_assert(peer_has_left(rig.peer));
    ck_assert_uint_eq(peer_deadline_ns(rig.peer), UINT64_MAX);
    rig_done(&rig);
}
END_TEST

START_TEST(one_that_is_gone_need_not_be_waited_for)
{
    struct rig rig;
    rig_init(&rig);

    send(&rig);
    peer_leave(rig.peer, rig.now_ns);
    ck_assert(peer_has_left(rig.peer)); /* nobody there */
    peer_told(rig.peer, 3, rig.now_ns);
    ck_assert(!peer_has_left(rig.peer));
    answer(&rig, FRAME_WELCOME, 0, END);
    answer(&rig, FRAME_STATE, 1, END);
    expect(&rig, "HELLO 0 up DATA 1 read 0 BYE 1");
    ck_assert(!peer_has_left(rig.peer));
    peer_told_gone(rig.peer, rig.now_ns);
    ck_assert(peer_has_left(rig.peer));
    rig_done(&rig);
}
END_TEST

START_TEST(a_successor_is_taken_leave_of_as_well)
{
    struct rig rig;
    rig_init(&rig);
    rise(&rig, 3);

    peer_leave(rig.peer, rig.now_ns);
    answer(&rig, FRAME_GONE, 0, END);
    ck_assert(peer_has_left(rig.peer));
    peer_told(rig.peer, 4, rig.now_ns);
    ck_assert(!peer_has_left(rig.peer));
    answer(&rig, FRAME_WELCOME, 0, END);
    ck_assert(!peer_has_left(rig.peer));
    answer(&rig, FRAME_GONE, 0, END);
    ck_assert(peer_has_left(rig.peer));
    expect(&rig, "BYE 0 down HELLO 0 up BYE 0");
    rig_done(&rig);
}
END_TEST

START_TEST(a_new_channel_knows_nothing_of_the_one_before)
{
    struct rig rig;
    rig_init(&rig);
    rise_both(&rig, 3);

    feed(&rig, FRAME_DATA, 2);
    feed(&rig, FRAME_BYE, 0);
    expect(&rig, "AGAIN 0 GONE 0 left");
    peer_told(rig.peer, 4, rig.now_ns);
    feed_hello(&rig, (struct caller){4, OWN, IN_LINK, 0});
    text_clear(&rig.words);
    feed(&rig, FRAME_DATA, 2);
    feed(&rig, FRAME_DATA, 1);
    feed(&rig, FRAME_BYE, 1);
    expect(&rig, "AGAIN 0 took 1 GONE 1 left");
    rig_done(&rig);
}
END_TEST

START_TEST(the_other_leaves_when_everything_came)
{
    struct rig rig;
    rig_init(&rig);
    rise_both(&rig, 3);

    feed(&rig, FRAME_DATA, 1);
    feed(&rig, FRAME_BYE, 2);
    expect(&rig, "took 1 AGAIN 1");
    feed(&rig, FRAME_DATA, 2);
    feed(&rig, FRAME_BYE, 2);
    feed(&rig, FRAME_BYE, 2);
    expect(&rig, "took 2 GONE 2 left GONE 2");
    feed(&rig, FRAME_DATA, 3);
    expect(&rig, "");
    rig_done(&rig);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        it_calls_when_it_is_told_where_with_growing_pauses,
        what_is_handed_over_early_is_sent_in_order_when_it_is_welcome,
        the_hello_says_who_calls_whom,
        a_refusal_is_news_once_and_it_calls_on,
        one_that_is_refused_while_up_calls_again_and_goes_on,
        blocks_come_back_as_they_are_read_in_any_order,
        nonsense_about_a_channel_does_nothing,
        it_beats_often_while_something_is_unread_and_rarely_when_not,
        it_goes_back_when_asked_but_not_all_the_time,
        one_that_says_nothing_is_asked_who_it_knows,
        a_channel_that_is_forgotten_there_begins_anew,
        a_new_incarnation_ends_the_one_before,
        what_was_never_sent_survives_the_incarnation,
        a_hello_may_be_ahead_of_the_cluster_state,
        a_hello_may_come_before_anything_is_told,
        the_word_that_it_is_gone_can_be_taken_back,
        who_calls_is_looked_at,
        a_call_that_came_too_early_is_repeated_when_the_other_calls,
        data_is_taken_in_order_and_once,
        what_is_read_is_credited_once_a_turn,
        a_block_that_is_not_one_counts_as_read,
        there_is_a_limit_to_what_may_be_unread_here,
        a_full_credit_leaves_by_itself,
        a_call_that_is_repeated_goes_on_where_it_was,
        a_new_link_of_the_same_incarnation_is_a_new_channel,
        talk_goes_only_where_it_is_up,
        it_leaves_when_all_was_read,
        one_that_is_gone_need_not_be_waited_for,
        a_successor_is_taken_leave_of_as_well,
        a_new_channel_knows_nothing_of_the_one_before,
        the_other_leaves_when_everything_came,
    };

    return suite_run("peer", tests, COUNT_OF(tests));
}
