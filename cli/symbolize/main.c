/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gale-symbolize: reads what a crashed process writes about itself on standard input and prints the
 * report for people on standard error. Started by the crash handler (worker/io/crash.c) in the
 * dying process; also good for input that was kept.
 *
 * Input that begins with "stacks" or "profile" is of a process that lives (worker/io/inspection.c): what it
 * says of its threads is written on standard output for programs.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/symbolize/input.h"
#include "cli/symbolize/stack.h"
#include "cli/symbolize/threads.h"

enum {
    OVERFLOW_BYTES =
        64 * 1024, /* a fault so near to the stack pointer is an overflow of the stack */
};

static const char *signal_name(int number)
{
    switch (number) {
    case SIGSEGV:
        return "SIGSEGV";
    case SIGBUS:
        return "SIGBUS";
    case SIGFPE:
        return "SIGFPE";
    case SIGILL:
        return "SIGILL";
    case SIGABRT:
        return "SIGABRT";
    default:
        return "a signal";
    }
}

static void add_segv_reason(const struct input *input, struct text *text)
{
    uint64_t distance = input->address > input->stack ? input->address - input->stack
                                                      : input->stack - input->address;

    if (input->code != SEGV_MAPERR && input->code != SEGV_ACCERR)
        text_add(text, "invalid memory reference at an address that is not one");
    else if (input->stack != 0 && distance < OVERFLOW_BYTES)
        text_add(text, "stack overflow at 0x%" PRIx64, input->address);
    else if (input->code == SEGV_ACCERR)
        text_add(text, "no right to the memory at 0x%" PRIx64, input->address);
    else
        text_add(text, "invalid memory reference at 0x%" PRIx64, input->address);
}

static const char *fpe_reason(int code)
{
    switch (code) {
    case FPE_INTDIV:
        return "integer division by zero";
    case FPE_INTOVF:
        return "integer overflow";
    case FPE_FLTDIV:
        return "division by zero";
    default:
        return "arithmetic error";
    }
}

static void add_reason(const struct input *input, struct text *text)
{
    if (input->signal == SIGABRT)
        text_add(text, "abort() was called");
    else if (input->code <= 0)
        text_add(text, "sent by a process");
    else if (input->signal == SIGSEGV)
        add_segv_reason(input, text);
    else if (input->signal == SIGFPE)
        text_add(text, "%s", fpe_reason(input->code));
    else if (input->signal == SIGILL)
        text_add(text, "not an instruction at 0x%" PRIx64, input->address);
    else
        text_add(text, "bad memory access at 0x%" PRIx64, input->address);
}

static void add_head(const struct input *input, struct text *text)
{
    text_add(text, "gale: ");
    if (input->component != NULL)
        text_add(text, "component '%s' task %" PRIu32 " ", input->component, input->task);
    text_add(text, "crashed");
    if (input->component != NULL && input->doing != NULL && input->doing[0] != '\0')
        text_add(text, " in %s", input->doing);
    text_add(text, ": %s (", signal_name(input->signal));
    add_reason(input, text);
    text_add(text, ")\n");
}

/* As a shell would read it. */
static void add_word(struct text *text, const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "_-./=:,+@%";

    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        text_add(text, " %s", word);
        return;
    }
    text_add(text, " '");
    for (const char *at = word; *at != '\0'; at++)
        text_add(text, *at == '\'' ? "'\\''" : "%c", *at);
    text_add(text, "'");
}

static void add_remedy(const struct input *input, struct text *text)
{
    text_add(text, "remedy: see it happen with: gdb --args");
    if (input->arg_count == 0)
        text_add(text, " gale run TOPOLOGY.so");
    for (uint32_t i = 0; i < input->arg_count; i++)
        add_word(text, input->args[i]);
    text_add(text, "\n");
}

static char *read_all(void)
{
    struct text bytes;
    char piece[4096];
    size_t size;

    text_init(&bytes);
    while ((size = fread(piece, 1, sizeof piece, stdin)) > 0 && text_size(&bytes) < INPUT_BYTES_MAX)
        text_add_bytes(&bytes, piece, size);
    return text_take(&bytes);
}

int main(void)
{
    AUTO(mem_free_text) char *bytes = read_all();
    struct input input;
    struct text text;

    (void)unsetenv("DEBUGINFOD_URLS"); /* a crash is no time for downloads */
    if (threads_are_meant(bytes))
        return threads_print(bytes, stdout) ? 0 : 1;
    input_parse(bytes, &input);
    if (input.signal == 0) {
        (void)fputs("gale-symbolize: standard input is not a crash report\n", stderr);
        return 2;
    }
    text_init(&text);
    add_head(&input, &text);
    stack_render(&input, &text);
    add_remedy(&input, &text);
    size_t written = fwrite(text_data(&text), 1, text_size(&text), stderr);
    bool is_written = written == text_size(&text);
    text_done(&text);
    return is_written ? 0 : 1;
}
