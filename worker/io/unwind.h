/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a thread was when a signal interrupted it. For signal handlers: takes no memory and no lock,
 * once unwind_prepare() was called. Any thread.
 */
#ifndef WORKER_IO_UNWIND_H
#define WORKER_IO_UNWIND_H

#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

struct unwind_place {
    bool is_known;
    uintptr_t at;     /* the instruction */
    uintptr_t stack;  /* the stack pointer */
    uintptr_t caller; /* where a function that has not set up its frame returns to, or 0 */
};

/* Loads the unwinder. */
void unwind_prepare(void);

/* Of what a handler with SA_SIGINFO gets. On a machine that we do not know nothing is known. */
struct unwind_place unwind_place_of(const ucontext_t *context);

/* Where the function returns to that was just called, as by a call through a wild pointer. */
uintptr_t unwind_caller_of(struct unwind_place place);

/* The frames of the thread, innermost first and without those of the handler; returns how many. */
uint32_t unwind_frames(const ucontext_t *context, uintptr_t *ret_frames, uint32_t max);

#endif
