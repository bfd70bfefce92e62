/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stacks are of this program itself: its maps, and addresses of functions below.
 */
#include "cli/symbolize/threads.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/text.h"
#include "tests/support/suite.h"

#define NO_MAPS "maps\nend\n"

enum {
    LINES_MAX = 2048,
};

/* ---- functions to be found ---- */

static volatile int sink; /* keeps calls from being the last thing a function does */

/* Where it returns to: in whoever has called. */
__attribute__((noinline)) static uintptr_t here(void)
{
    sink++;
    return (uintptr_t)__builtin_return_address(0);
}

static inline __attribute__((always_inline)) uintptr_t inlined_one(void)
{
    uintptr_t address = here();

    sink++;
    return address;
}

__attribute__((noinline)) static uintptr_t outer_one(void)
{
    uintptr_t address = inlined_one();

    sink++;
    return address;
}

__attribute__((noinline)) static uintptr_t other_one(void)
{
    uintptr_t address = here();

    sink++;
    return address;
}

static uintptr_t start_of(uintptr_t (*function)(void))
{
    return (uintptr_t)function;
}

/* ---- what is written down, and what becomes of it ---- */

static void add_maps(struct text *input)
{
    char piece[4096];
    size_t size;
    FILE *file = fopen("/proc/self/maps", "r");

    ck_assert_ptr_nonnull(file);
    text_add(input, "maps\n");
    while ((size = fread(piece, 1, sizeof piece, file)) > 0)
        text_add_bytes(input, piece, size);
    (void)fclose(file);
    text_add(input, "end\n");
}

static void add_frame(struct text *input, uintptr_t address)
{
    text_add(input, "frame %" PRIxPTR "\n", address);
}

struct output {
    char *text;
    size_t size;
    size_t count;
    json_t *lines[LINES_MAX];
};

static void output_done(struct output *output)
{
    for (size_t i = 0; i < output->count; i++)
        json_decref(output->lines[i]);
    free(output->text);
}

/* Every line must be an object. The input is used up. */
static struct output print(struct text *input)
{
    struct output output = {.text = NULL};
    char *bytes = text_take(input);
    FILE *file = open_memstream(&output.text, &output.size);

    ck_assert(threads_are_meant(bytes));
    ck_assert(threads_print(bytes, file));
    (void)fclose(file);
    free(bytes);
    for (const char *line = output.text; *line != '\0'; line = strchr(line, '\n') + 1) {
        ck_assert_uint_lt(output.count, LINES_MAX);
        json_t *object = json_loadb(line, strcspn(line, "\n"), 0, NULL);
        ck_assert_msg(json_is_object(object), "%.200s", line);
        output.lines[output.count++] = object;
    }
    return output;
}

static json_t *member(const json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);

    ck_assert_msg(value != NULL, "no %s", name);
    return value;
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(member(object, name));
}

static const json_t *frame_of(const struct output *output, size_t line, size_t frame)
{
    ck_assert_uint_lt(line, output->count);
    return json_array_get(member(output->lines[line], "frames"), frame);
}

/* As frames name it. */
static const char *this_file(void)
{
    const char *slash = strrchr(__FILE__, '/');

    return slash == NULL ? __FILE__ : slash + 1;
}

/* ---- stacks ---- */

START_TEST(frames_have_functions_files_and_lines_and_inlined_ones_are_frames)
{
    struct text input = {.data = NULL};

    text_add(&input, "stacks\n");
    add_maps(&input);
    text_add(&input, "stack 1\nthread 3\ncomponent counter\ntask 2\ndoing execute\n");
    add_frame(&input, start_of(other_one));
    add_frame(&input, outer_one());
    struct output output = print(&input);

    ck_assert_uint_eq(output.count, 1);
    ck_assert_str_eq(text_of(output.lines[0], "thread"), "loop 3");
    ck_assert_str_eq(text_of(output.lines[0], "component"), "counter");
    ck_assert_int_eq(json_integer_value(member(output.lines[0], "task")), 2);
    ck_assert_str_eq(text_of(output.lines[0], "doing"), "execute");
    ck_assert(json_is_false(member(output.lines[0], "cut")));

    static const char *const names[] = {"other_one", "inlined_one", "outer_one"};
    ck_assert_uint_eq(json_array_size(member(output.lines[0], "frames")), COUNT_OF(names));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const json_t *frame = frame_of(&output, 0, i);
        ck_assert_str_eq(text_of(frame, "function"), names[i]);
        ck_assert_str_eq(text_of(frame, "file"), this_file());
        ck_assert_int_gt(json_integer_value(member(frame, "line")), 0);
        ck_assert_ptr_nonnull(strstr(text_of(frame, "module"), "symbolize_threads"));
        ck_assert_int_gt(json_integer_value(member(frame, "offset")), 0);
    }
    output_done(&output);
}
END_TEST

/* A call may be the last instruction of its function: what follows is another one's. */
START_TEST(all_frames_but_the_innermost_are_looked_up_one_byte_before)
{
    struct text input = {.data = NULL};

    text_add(&input, "stacks\n");
    add_maps(&input);
    text_add(&input, "stack 1\nthread 0\n");
    add_frame(&input, start_of(other_one));
    add_frame(&input, start_of(other_one) + 1);
    add_frame(&input, start_of(other_one));
    struct output output = print(&input);

    ck_assert_str_eq(text_of(frame_of(&output, 0, 0), "function"), "other_one");
    ck_assert_str_eq(text_of(frame_of(&output, 0, 1), "function"), "other_one");
    const char *third = json_string_value(member(frame_of(&output, 0, 2), "function"));
    ck_assert(third == NULL || strcmp(third, "other_one") != 0);
    output_done(&output);
}
END_TEST

START_TEST(what_is_not_known_is_null)
{
    struct text input = {.data = NULL};

    text_add(&input, "stacks\n" NO_MAPS "stack 1\nthread -1\nframe 1234\nstack 1\nthread 0\n"
                     "component \xff\xfe\ntask 1\ndoing \n");
    struct output output = print(&input);

    ck_assert_uint_eq(output.count, 2);
    ck_assert_str_eq(text_of(output.lines[0], "thread"), "member");
    ck_assert(json_is_null(member(output.lines[0], "component")));
    ck_assert(json_is_null(member(output.lines[0], "task")));
    ck_assert(json_is_null(member(output.lines[0], "doing")));
    const json_t *frame = frame_of(&output, 0, 0);
    ck_assert(json_is_null(member(frame, "function")));
    ck_assert(json_is_null(member(frame, "file")));
    ck_assert(json_is_null(member(frame, "module")));
    ck_assert_int_eq(json_integer_value(member(frame, "line")), 0);
    ck_assert_int_eq(json_integer_value(member(frame, "offset")), 0);
    ck_assert_uint_eq(json_array_size(member(output.lines[1], "frames")), 0);
    ck_assert(json_is_null(member(output.lines[1], "component")));
    output_done(&output);
}
END_TEST

START_TEST(a_stack_has_so_many_frames_and_no_more)
{
    struct text input = {.data = NULL};

    text_add(&input, "stacks\n" NO_MAPS "stack 1\nthread 0\n");
    for (int i = 0; i < 100; i++)
        add_frame(&input, 4096);
    struct output output = print(&input);

    ck_assert_uint_eq(json_array_size(member(output.lines[0], "frames")), 64);
    output_done(&output);
}
END_TEST

START_TEST(frames_that_would_be_too_much_are_left_off_and_that_is_said)
{
    struct text input = {.data = NULL};
    size_t cut = 0;

    text_add(&input, "stacks\n" NO_MAPS);
    for (int i = 0; i < 400; i++) {
        text_add(&input, "stack 1\nthread %d\n", i);
        for (int k = 0; k < 64; k++)
            add_frame(&input, 4096);
    }
    struct output output = print(&input);

    ck_assert_uint_eq(output.count, 400);
    for (size_t i = 0; i < output.count; i++) {
        bool is_cut = json_is_true(member(output.lines[i], "cut"));
        ck_assert_uint_eq(json_array_size(member(output.lines[i], "frames")), is_cut ? 0 : 64);
        ck_assert(cut == 0 || is_cut);
        cut += is_cut;
    }
    ck_assert_uint_gt(cut, 0);
    ck_assert_uint_lt(cut, 400);
    ck_assert_uint_lt(output.size, THREADS_BYTES_MAX + 400 * 128);
    output_done(&output);
}
END_TEST

/* ---- profiles ---- */

START_TEST(stacks_of_the_same_names_are_one_and_the_most_frequent_is_first)
{
    struct text input = {.data = NULL};

    text_add(&input, "profile\n");
    add_maps(&input);
    text_add(&input, "stack 3\nthread 0\ncomponent c\ntask 1\ndoing next\n");
    add_frame(&input, start_of(other_one));
    text_add(&input, "stack 7\nthread 0\n");
    add_frame(&input, start_of(here));
    add_frame(&input, outer_one());
    text_add(&input, "stack 5\nthread 0\ncomponent c\ntask 1\ndoing execute\n");
    add_frame(&input, start_of(other_one) + 1);
    struct output output = print(&input);

    ck_assert_uint_eq(output.count, 2);
    ck_assert_int_eq(json_integer_value(member(output.lines[0], "count")), 8);
    ck_assert_str_eq(text_of(output.lines[0], "component"), "c");
    ck_assert_str_eq(json_string_value(frame_of(&output, 0, 0)), "other_one");
    ck_assert_int_eq(json_integer_value(member(output.lines[1], "count")), 7);
    ck_assert(json_is_null(member(output.lines[1], "component")));
    static const char *const names[] = {"outer_one", "inlined_one", "here"};
    ck_assert_uint_eq(json_array_size(member(output.lines[1], "frames")), COUNT_OF(names));
    for (size_t i = 0; i < COUNT_OF(names); i++)
        ck_assert_str_eq(json_string_value(frame_of(&output, 1, i)), names[i]);
    output_done(&output);
}
END_TEST

START_TEST(stacks_of_different_tasks_and_threads_stay_apart)
{
    struct text input = {.data = NULL};

    text_add(&input, "profile\n" NO_MAPS);
    for (int i = 0; i < 4; i++)
        text_add(&input, "stack 1\nthread %d\ncomponent c\ntask %d\nframe 10\n", i / 2, i % 2);
    struct output output = print(&input);

    ck_assert_uint_eq(output.count, 4);
    ck_assert_str_eq(json_string_value(frame_of(&output, 0, 0)), "?\?+0x0");
    output_done(&output);
}
END_TEST

static uint64_t sum_of(const struct output *output)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < output->count; i++)
        sum += (uint64_t)json_integer_value(member(output->lines[i], "count"));
    return sum;
}

START_TEST(rare_stacks_that_do_not_fit_are_counted_together)
{
    struct text input = {.data = NULL};
    uint64_t sum = 0;

    text_add(&input, "profile\n" NO_MAPS);
    for (int i = 0; i < 1500; i++) {
        text_add(&input, "stack %d\nthread %d\n", i + 1, i);
        for (int k = 0; k < 64; k++)
            add_frame(&input, 4096);
        sum += (uint64_t)i + 1;
    }
    struct output output = print(&input);

    ck_assert_uint_eq(sum_of(&output), sum);
    ck_assert_uint_lt(output.count, 1500);
    const json_t *last = output.lines[output.count - 1];
    ck_assert_str_eq(text_of(last, "thread"), "");
    ck_assert_str_eq(json_string_value(frame_of(&output, output.count - 1, 0)), "(others)");
    ck_assert_str_eq(text_of(output.lines[0], "thread"), "loop 1499");
    ck_assert_uint_lt(output.size, THREADS_BYTES_MAX + 1500 * 32);
    output_done(&output);
}
END_TEST

START_TEST(nothing_seen_is_nothing_said)
{
    static const char *const inputs[] = {"profile\n" NO_MAPS, "stacks\n" NO_MAPS};

    for (size_t i = 0; i < COUNT_OF(inputs); i++) {
        struct text input = {.data = NULL};

        text_add(&input, "%s", inputs[i]);
        struct output output = print(&input);
        ck_assert_uint_eq(output.size, 0);
        output_done(&output);
    }
}
END_TEST

/* ---- what is none of it ---- */

START_TEST(what_is_not_whole_is_refused)
{
    static const char *const inputs[] = {"stacks\n", "profile\n", "stacks\nmaps\n",
                                         "stacks\nmap\nend\n", "profile\nmaps\nend"};

    for (size_t i = 0; i < COUNT_OF(inputs); i++) {
        char *bytes = mem_copy_text(inputs[i]);

        ck_assert(threads_are_meant(bytes));
        ck_assert_msg(!threads_print(bytes, stdout), "%s", inputs[i]);
        free(bytes);
    }
    ck_assert(!threads_are_meant("signal 11\n"));
    ck_assert(!threads_are_meant("stacks"));
    ck_assert(!threads_are_meant(""));
}
END_TEST

/* Lines in any order, some of them nonsense: no count is lost, and each line is an object (print() looks). */
START_TEST(lines_that_are_wrong_harm_nobody)
{
    static const char *const lines[] = {
        "thread x\n",  "thread 99999999999999999999\n",
        "component\n", "component \x80\n",
        "task -1\n",   "doing \"\\\n",
        "frame zz\n",  "frame ffffffffffffffffffffff\n",
        "frame 0\n",   "\n",
        "nothing\n",   "frame\n",
    };
    struct rng rng;

    rng_init(&rng, 49);
    for (int round = 0; round < 200; round++) {
        struct text input = {.data = NULL};
        uint64_t sum = 0;

        text_add(&input, "profile\n" NO_MAPS);
        for (int i = 0; i < 40; i++) {
            if (i == 0 || rng_below(&rng, 4) == 0) {
                uint64_t count = 1 + rng_below(&rng, 9);
                text_add(&input, "stack %" PRIu64 "\n", count);
                sum += count;
            } else {
                text_add(&input, "%s", lines[rng_below(&rng, COUNT_OF(lines))]);
            }
        }
        struct output output = print(&input);
        ck_assert_uint_eq(sum_of(&output), sum);
        output_done(&output);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        frames_have_functions_files_and_lines_and_inlined_ones_are_frames,
        all_frames_but_the_innermost_are_looked_up_one_byte_before,
        what_is_not_known_is_null,
        a_stack_has_so_many_frames_and_no_more,
        frames_that_would_be_too_much_are_left_off_and_that_is_said,
        stacks_of_the_same_names_are_one_and_the_most_frequent_is_first,
        stacks_of_different_tasks_and_threads_stay_apart,
        rare_stacks_that_do_not_fit_are_counted_together,
        nothing_seen_is_nothing_said,
        what_is_not_whole_is_refused,
        lines_that_are_wrong_harm_nobody,
    };

    return suite_run("symbolize threads", tests, COUNT_OF(tests));
}
