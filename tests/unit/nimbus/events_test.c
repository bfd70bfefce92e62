/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/events.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

#define WALL_MS UINT64_C(1700000000000)

static void put_at(struct events *events, const char *topology, const char *text, uint64_t wall_ms)
{
    struct events_note note = {
        .kind = EVENTS_KILLED, .topology = topology, .slot = EVENTS_NO_SLOT, .text = text};

    events_put(events, events_item_new(&note), wall_ms);
}

static void put(struct events *events, const char *topology, const char *text)
{
    put_at(events, topology, text, WALL_MS);
}

static json_int_t number(const json_t *object, const char *member)
{
    const json_t *value = json_object_get(object, member);

    ck_assert_msg(json_is_integer(value), "'%s' is no number", member);
    return json_integer_value(value);
}

/* The texts of what is found, ','-separated. */
static void expect(const struct events *events, const char *topology, uint64_t after, size_t limit,
                   const char *texts)
{
    struct events_query query = {.topology = topology, .after = after, .limit = limit};
    json_t *ok = events_find(events, &query);
    char found[256] = "";
    json_int_t last = 0;
    size_t index;
    json_t *event;

    json_array_foreach(json_object_get(ok, "events"), index, event)
    {
        size_t size = strlen(found);
        (void)snprintf(found + size, sizeof found - size, "%s%s", size == 0 ? "" : ",",
                       json_string_value(json_object_get(event, "text")));
        ck_assert_int_gt(number(event, "id"), last);
        last = number(event, "id");
    }
    ck_assert_str_eq(found, texts);
    json_decref(ok);
}

START_TEST(an_empty_ring_has_nothing)
{
    struct events events = {.ring = NULL};
    struct events_query query = {.limit = 10};
    json_t *ok = events_find(&events, &query);

    ck_assert_uint_eq(json_array_size(json_object_get(ok, "events")), 0);
    ck_assert_int_eq(number(ok, "first_id"), 0);
    ck_assert_int_eq(number(ok, "last_id"), 0);
    json_decref(ok);
    expect(&events, NULL, 7, 10, "");
    events_done(&events);
}
END_TEST

START_TEST(the_last_ones_come_first_to_hand_and_the_newest_is_the_last)
{
    struct events events = {.ring = NULL};

    put(&events, "wc", "a");
    put(&events, "other", "b");
    put(&events, NULL, "c");
    put(&events, "wc", "d");
    expect(&events, NULL, 0, 10, "a,b,c,d");
    expect(&events, NULL, 0, 2, "c,d");
    expect(&events, "wc", 0, 10, "a,d");
    expect(&events, "wc", 0, 1, "d");
    expect(&events, "gone", 0, 10, "");
    events_done(&events);
}
END_TEST

START_TEST(who_has_seen_one_goes_on_behind_it)
{
    struct events events = {.ring = NULL};

    put(&events, "wc", "a");
    put(&events, "other", "b");
    put(&events, "wc", "c");
    expect(&events, NULL, WALL_MS, 10, "b,c");
    expect(&events, NULL, WALL_MS, 1, "b");
    expect(&events, "wc", WALL_MS, 10, "c");
    expect(&events, NULL, WALL_MS + 2, 10, "");
    expect(&events, NULL, WALL_MS - 5000, 10, "a,b,c");
    expect(&events, NULL, INT64_MAX, 2, "b,c"); /* of a leader whose clock was ahead */
    events_done(&events);
}
END_TEST

START_TEST(ids_grow_from_one_leader_to_the_next)
{
    struct events events = {.ring = NULL};

    put(&events, "wc", "a");
    put(&events, "wc", "b");
    events_done(&events);
    put_at(&events, "wc", "c", WALL_MS + 3000);
    expect(&events, NULL, WALL_MS + 1, 10, "c");
    events_done(&events);
}
END_TEST

START_TEST(the_oldest_goes_when_there_are_too_many)
{
    struct events events = {.ring = NULL};
    struct events_query query = {.limit = 1};
    char text[16];

    for (int i = 0; i < EVENTS_MAX + 3; i++) {
        (void)snprintf(text, sizeof text, "%d", i);
        put(&events, "wc", text);
    }
    json_t *ok = events_find(&events, &query);
    ck_assert_int_eq(number(ok, "last_id") - number(ok, "first_id"), EVENTS_MAX - 1);
    json_decref(ok);
    expect(&events, NULL, WALL_MS, 2, "3,4");
    expect(&events, NULL, 0, 1, "10002");
    events_done(&events);
}
END_TEST

START_TEST(all_of_an_event_is_shown_and_what_is_too_long_is_cut)
{
    struct events events = {.ring = NULL};
    char text[EVENTS_TEXT_MAX + 8];
    char words[EVENTS_ARGS_MAX + 8];

    memset(words, 'w', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    memcpy(text + EVENTS_TEXT_MAX - 1, "\xc3\xa4", 2); /* a character that would be cut */
    struct events_note note = {
        .kind = EVENTS_WORKER_FAILED,
        .severity = EVENTS_TROUBLE,
        .topology = "wc",
        .component = "splitter",
        .supervisor = "s1",
        .slot = 3,
        .actor = {.by = "me", .via = "cli"},
        .text = text,
        .args = json_pack("{s:s}", "words", words),
    };
    struct events_query query = {.limit = 1};

    events_put(&events, events_item_new(&note), WALL_MS);
    json_t *ok = events_find(&events, &query);
    const json_t *event = json_array_get(json_object_get(ok, "events"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(event, "kind")), "worker_failed");
    ck_assert_str_eq(json_string_value(json_object_get(event, "severity")), "trouble");
    ck_assert_str_eq(json_string_value(json_object_get(event, "component")), "splitter");
    ck_assert_str_eq(json_string_value(json_object_get(event, "supervisor")), "s1");
    ck_assert_int_eq(number(event, "slot"), 3);
    ck_assert_str_eq(json_string_value(json_object_get(event, "by")), "me");
    ck_assert_str_eq(json_string_value(json_object_get(event, "via")), "cli");
    ck_assert_uint_eq(json_string_length(json_object_get(event, "text")), EVENTS_TEXT_MAX - 1);
    ck_assert(json_is_null(json_object_get(event, "args")));
    json_decref(ok);
    events_done(&events);
}
END_TEST

START_TEST(each_kind_has_a_name_of_its_own)
{
    for (int i = 0; i < EVENTS_KIND_COUNT; i++) {
        ck_assert_ptr_nonnull(events_kind_name((enum events_kind)i));
        for (int j = 0; j < i; j++)
            ck_assert_str_ne(events_kind_name((enum events_kind)i),
                             events_kind_name((enum events_kind)j));
    }
}
END_TEST

START_TEST(who_asks_says_so_or_says_nothing)
{
    static const char *const wrong[] = {"{\"by\":7}", "{\"via\":\"phone\"}", "{\"via\":[]}"};
    struct events_actor actor;
    struct control_fault fault;
    json_t *args = json_pack("{s:s, s:s}", "by", "me", "via", "ui");

    ck_assert(events_read_actor(args, &actor, &fault));
    ck_assert_str_eq(actor.by, "me");
    ck_assert_str_eq(actor.via, "ui");
    json_decref(args);
    args = json_pack("{s:s, s:n}", "by", "", "via");
    ck_assert(events_read_actor(args, &actor, &fault));
    ck_assert_ptr_null(actor.by);
    ck_assert_ptr_null(actor.via);
    json_decref(args);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        args = json_loads(wrong[i], 0, NULL);
        ck_assert(!events_read_actor(args, &actor, &fault));
        ck_assert_int_eq(fault.code, CONTROL_INVALID);
        json_decref(args);
    }
}
END_TEST

/* Against all that was ever put: whoever pages on sees each event that is still kept, once. */
START_TEST(paging_misses_nothing_that_is_kept)
{
    static const char *const names[] = {"a", "b", "c"};

    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct events events = {.ring = NULL};
        struct rng rng;
        uint64_t counts[3] = {0};
        uint64_t total = 1 + (seed % 2 == 0 ? EVENTS_MAX + 500 : 300);

        rng_init(&rng, seed);
        for (uint64_t i = 0; i < total; i++) {
            size_t name = rng_below(&rng, 3);
            counts[name] += i + EVENTS_MAX >= total;
            put(&events, names[name], names[name]);
        }
        for (size_t name = 0; name < 3; name++) {
            uint64_t seen = 0;
            uint64_t after = 1;
            size_t got;
            do {
                struct events_query query = {
                    .topology = names[name], .after = after, .limit = 1 + rng_below(&rng, 999)};
                json_t *ok = events_find(&events, &query);
                const json_t *list = json_object_get(ok, "events");
                got = json_array_size(list);
                seen += got;
                if (got > 0)
                    after = (uint64_t)number(json_array_get(list, got - 1), "id");
                json_decref(ok);
            } while (got > 0);
            ck_assert_uint_eq(seen, counts[name]);
        }
        events_done(&events);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_empty_ring_has_nothing,
        the_last_ones_come_first_to_hand_and_the_newest_is_the_last,
        who_has_seen_one_goes_on_behind_it,
        ids_grow_from_one_leader_to_the_next,
        the_oldest_goes_when_there_are_too_many,
        all_of_an_event_is_shown_and_what_is_too_long_is_cut,
        each_kind_has_a_name_of_its_own,
        who_asks_says_so_or_says_nothing,
        paging_misses_nothing_that_is_kept,
    };

    return suite_run("events", tests, COUNT_OF(tests));
}
