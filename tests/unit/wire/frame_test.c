/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "tests/support/suite.h"

/* ---- the examples of docs/protocol/links.md ---- */

#define FENCE       "```"
#define EXAMPLE_MAX 256

struct example {
    uint8_t bytes[EXAMPLE_MAX];
    size_t size;
};

static int digit(char character)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = character == '\0' ? NULL : strchr(digits, character);

    return at == NULL ? -1 : (int)(at - digits);
}

/* A line is pairs of digits, one space between them; after another space come words. */
static void add_line(struct example *example, const char *line)
{
    while (digit(line[0]) >= 0 && digit(line[1]) >= 0 && (line[2] == ' ' || line[2] == '\n')) {
        ck_assert_uint_lt(example->size, EXAMPLE_MAX);
        example->bytes[example->size++] = (uint8_t)(digit(line[0]) * 16 + digit(line[1]));
        line += 3;
    }
}

/* The frame that the page shows under this name. */
static struct example find_example(const char *name)
{
    struct example example = {.size = 0};
    char mark[64];
    char line[256];
    bool is_inside = false;
    FILE *page = fopen(DOCUMENT, "r");

    ck_assert_msg(page != NULL, "cannot open %s", DOCUMENT);
    (void)snprintf(mark, sizeof mark, FENCE "frame %s\n", name);
    while (fgets(line, sizeof line, page) != NULL) {
        if (strncmp(line, FENCE, strlen(FENCE)) == 0)
            is_inside = strcmp(line, mark) == 0;
        else if (is_inside)
            add_line(&example, line);
    }
    ck_assert_int_eq(fclose(page), 0);
    ck_assert_msg(example.size > 0, "no example '%s'", name);
    return example;
}

static struct frame_view read_example(const struct example *example)
{
    struct frame_view view;

    ck_assert(frame_read(example->bytes, example->size, &view));
    ck_assert_uint_eq(view.head.assignment, 3);
    ck_assert_uint_eq(view.head.link, UINT64_C(0x1122334455667788));
    return view;
}

/* The head as the sender has it in memory is the head on the wire. */
static void expect_head(const struct example *example, const struct frame_head *head)
{
    ck_assert_mem_eq(example->bytes, head, sizeof *head);
}

START_TEST(the_hello_of_the_page_is_what_it_says)
{
    struct example example = find_example("hello");
    struct frame_view view = read_example(&example);
    struct frame_hello hello;
    uint8_t payload[FRAME_HELLO_BYTES_MAX];

    ck_assert_uint_eq(view.head.kind, FRAME_HELLO);
    expect_head(&example, &view.head);
    ck_assert(frame_read_hello(&view, &hello));
    ck_assert_uint_eq(hello.from_incarnation, 2);
    ck_assert_uint_eq(hello.to_incarnation, 1);
    ck_assert_uint_eq(hello.slot, 4);
    ck_assert_str_eq(hello.topology, "words-1");
    ck_assert_str_eq(hello.supervisor, "left");
    ck_assert_uint_eq(frame_write_hello(&hello, payload), view.size);
    ck_assert_mem_eq(payload, view.payload, view.size);
}
END_TEST

START_TEST(the_other_frames_of_the_page_are_what_they_say)
{
    struct example data = find_example("data");
    struct frame_view view = read_example(&data);
    ck_assert_uint_eq(view.head.kind, FRAME_DATA);
    ck_assert_uint_eq(view.head.loop, 1);
    ck_assert_uint_eq(view.head.sequence, 1);
    ck_assert_uint_eq(view.size, 32);
    expect_head(&data, &view.head);

    struct example state = find_example("state");
    view = read_example(&state);
    ck_assert_uint_eq(view.head.kind, FRAME_STATE);
    ck_assert_uint_eq(view.head.sequence, 7);
    ck_assert_uint_eq(view.size, 16);
    ck_assert_uint_eq(frame_sequence(&view, 0), 4);
    ck_assert_uint_eq(frame_sequence(&view, 1), 6);

    struct example refuse = find_example("refuse");
    view = read_example(&refuse);
    ck_assert_uint_eq(view.head.kind, FRAME_REFUSE);
    ck_assert_uint_eq(frame_sequence(&view, 0), FRAME_STALE);
}
END_TEST

/* ---- frame_read() ---- */

/* Whether a frame of this kind and size is one; it stands at an odd address, exactly its size. */
static bool accepts(enum frame_kind kind, size_t size)
{
    struct frame_head head = {.version = FRAME_VERSION, .kind = (uint8_t)kind, .link = 5};
    uint8_t *bytes = mem_alloc(1 + sizeof head + size);
    struct frame_view view;

    memcpy(bytes + 1, &head, sizeof head);
    bool is_one = frame_read(bytes + 1, sizeof head + size, &view);
    if (is_one) {
        ck_assert_ptr_eq(view.payload, bytes + 1 + sizeof head);
        ck_assert_uint_eq(view.size, size);
    }
    free(bytes);
    return is_one;
}

START_TEST(each_kind_has_its_sizes)
{
    static const struct {
        enum frame_kind kind;
        size_t good[2]; /* the least and the largest */
        size_t bad[3];
    } cases[] = {
        {FRAME_HELLO, {26, 280}, {0, 25, 281}},
        {FRAME_DATA, {16, 65552}, {0, 8, 17}},
        {FRAME_BEAT, {0, 0}, {1, 8, 16}},
        {FRAME_BYE, {0, 0}, {1, 8, 16}},
        {FRAME_TALK, {0, FRAME_TALK_MAX}, {FRAME_TALK_MAX + 1, FRAME_TALK_MAX + 8, 65536}},
        {FRAME_WELCOME, {0, 0}, {1, 8, 16}},
        {FRAME_REFUSE, {8, 8}, {0, 7, 16}},
        {FRAME_CREDIT, {8, 8 * FRAME_CREDITS_MAX}, {0, 9, 8 * FRAME_CREDITS_MAX + 8}},
        {FRAME_STATE, {0, 8 * FRAME_CREDITS_MAX}, {7, 9, 8 * FRAME_CREDITS_MAX + 8}},
        {FRAME_GONE, {0, 0}, {1, 8, 16}},
        {FRAME_AGAIN, {0, 0}, {1, 8, 16}},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (size_t j = 0; j < COUNT_OF(cases[i].good); j++)
            ck_assert_msg(accepts(cases[i].kind, cases[i].good[j]), "kind %d, %zu bytes",
                          cases[i].kind, cases[i].good[j]);
        for (size_t j = 0; j < COUNT_OF(cases[i].bad); j++)
            ck_assert_msg(!accepts(cases[i].kind, cases[i].bad[j]), "kind %d, %zu bytes",
                          cases[i].kind, cases[i].bad[j]);
    }
    for (unsigned kind = 0; kind < 256; kind++)
        ck_assert(kind - 1 < COUNT_OF(cases) || !accepts((enum frame_kind)kind, 0));
}
END_TEST

START_TEST(a_head_that_lies_is_refused)
{
    static const struct frame_head lies[] = {
        {.version = 0, .kind = FRAME_BEAT},
        {.version = FRAME_VERSION + 1, .kind = FRAME_BEAT},
        {.version = FRAME_VERSION, .kind = FRAME_BEAT, .zero = 1},
        {.version = FRAME_VERSION, .kind = FRAME_BEAT, .loop = 1},
    };
    struct frame_head head = {.version = FRAME_VERSION, .kind = FRAME_BEAT};
    struct frame_view view;

    for (size_t i = 0; i < COUNT_OF(lies); i++)
        ck_assert(!frame_read(&lies[i], sizeof lies[i], &view));
    for (size_t size = 0; size < sizeof head; size++)
        ck_assert(!frame_read(&head, size, &view));
    ck_assert(frame_read(&head, sizeof head, &view));
}
END_TEST

START_TEST(only_data_is_for_a_loop)
{
    uint8_t bytes[sizeof(struct frame_head) + 16] = {FRAME_VERSION, FRAME_DATA, 0xFF, 0xFF};
    struct frame_view view;

    ck_assert(frame_read(bytes, sizeof bytes, &view));
    ck_assert_uint_eq(view.head.loop, 0xFFFF);
    bytes[1] = FRAME_STATE;
    ck_assert(!frame_read(bytes, sizeof bytes, &view));
}
END_TEST

/* ---- HELLO ---- */

static struct frame_view view_hello(const uint8_t *payload, size_t size)
{
    return (struct frame_view){.head = {.version = FRAME_VERSION, .kind = FRAME_HELLO, .link = 5},
                               .payload = payload,
                               .size = size};
}

static void fill(char name[FRAME_NAME_MAX + 1], char letter, size_t size)
{
    memset(name, letter, size);
    name[size] = '\0';
}

START_TEST(a_hello_comes_out_as_it_went_in)
{
    static const size_t sizes[] = {1, 2, 36, FRAME_NAME_MAX};

    for (size_t i = 0; i < COUNT_OF(sizes) * COUNT_OF(sizes); i++) {
        size_t topology_size = sizes[i / COUNT_OF(sizes)];
        size_t supervisor_size = sizes[i % COUNT_OF(sizes)];
        struct frame_hello hello = {
            .from_incarnation = UINT64_MAX, .to_incarnation = 1, .slot = UINT32_MAX};
        struct frame_hello read;
        uint8_t payload[FRAME_HELLO_BYTES_MAX];

        fill(hello.topology, 't', topology_size);
        fill(hello.supervisor, 's', supervisor_size);
        size_t size = frame_write_hello(&hello, payload);
        ck_assert_uint_eq(size, 24 + topology_size + supervisor_size);
        struct frame_view view = view_hello(payload, size);
        ck_assert(frame_read_hello(&view, &read));
        ck_assert_uint_eq(read.from_incarnation, UINT64_MAX);
        ck_assert_uint_eq(read.to_incarnation, 1);
        ck_assert_uint_eq(read.slot, UINT32_MAX);
        ck_assert_str_eq(read.topology, hello.topology);
        ck_assert_str_eq(read.supervisor, hello.supervisor);
    }
}
END_TEST

START_TEST(a_hello_that_lies_is_refused)
{
    static const struct {
        size_t size;            /* of the payload; names are "abc" and "de" */
        uint16_t topology_size; /* as it says */
        uint16_t supervisor_size;
        int zero_at; /* a byte of the names that is zero; -1: none */
        bool is_one;
    } cases[] = {
        {29, 3, 2, -1, true},      {29, 2, 3, -1, true},     {29, 4, 1, -1, true},
        {29, 5, 0, -1, false},     {29, 0, 5, -1, false},    {29, 3, 3, -1, false},
        {29, 3, 1, -1, false},     {28, 3, 2, -1, false},    {29, UINT16_MAX, 2, -1, false},
        {29, 3, 2, 0, false},      {29, 3, 2, 2, false},     {29, 3, 2, 4, false},
        {200, 129, 47, -1, false}, {200, 128, 48, -1, true},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t payload[256];
        struct frame_hello hello;

        memset(payload, 'x', sizeof payload);
        bytes_put_u16(payload + 20, cases[i].topology_size);
        bytes_put_u16(payload + 22, cases[i].supervisor_size);
        if (cases[i].zero_at >= 0)
            payload[24 + cases[i].zero_at] = 0;
        struct frame_view view = view_hello(payload, cases[i].size);
        ck_assert_msg(frame_read_hello(&view, &hello) == cases[i].is_one, "case %zu", i);
    }
}
END_TEST

START_TEST(no_other_frame_is_a_hello)
{
    uint8_t payload[32] = {0};
    struct frame_hello hello;
    struct frame_view view = view_hello(payload, 23);

    ck_assert(!frame_read_hello(&view, &hello));
    memset(payload, 'x', sizeof payload);
    bytes_put_u16(payload + 20, 4);
    bytes_put_u16(payload + 22, 4);
    view = view_hello(payload, sizeof payload);
    ck_assert(frame_read_hello(&view, &hello));
    view.head.kind = FRAME_TALK;
    ck_assert(!frame_read_hello(&view, &hello));
}
END_TEST

START_TEST(each_refusal_has_a_text_of_its_own)
{
    for (int i = FRAME_NOT_ASSIGNED; i <= FRAME_NO_LINK + 1; i++) {
        for (int j = FRAME_NOT_ASSIGNED; j < i; j++)
            ck_assert_str_ne(frame_refusal_text((enum frame_refusal)i),
                             frame_refusal_text((enum frame_refusal)j));
    }
    ck_assert_str_eq(frame_refusal_text((enum frame_refusal)99), "unknown reason");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_hello_of_the_page_is_what_it_says,
        the_other_frames_of_the_page_are_what_they_say,
        each_kind_has_its_sizes,
        a_head_that_lies_is_refused,
        only_data_is_for_a_loop,
        a_hello_comes_out_as_it_went_in,
        a_hello_that_lies_is_refused,
        no_other_frame_is_a_hello,
        each_refusal_has_a_text_of_its_own,
    };

    return suite_run("frame", tests, COUNT_OF(tests));
}
