/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/io/unwind.h"

#include <execinfo.h>

enum {
    OWN_FRAMES_MAX = 16,  /* of the handler, and the signal's */
    ALL_FRAMES_MAX = 256, /* of both, at most */
};

/* ---- the machine's part: where the thread was ---- */

#if defined(__x86_64__)

struct unwind_place unwind_place_of(const ucontext_t *context)
{
    uintptr_t stack = (uintptr_t)context->uc_mcontext.gregs[REG_RSP];

    return (struct unwind_place){
        .is_known = true, .at = (uintptr_t)context->uc_mcontext.gregs[REG_RIP], .stack = stack};
}

/* A call through a wild pointer has pushed its return address and done no more. */
uintptr_t unwind_caller_of(struct unwind_place place)
{
    return place.stack % sizeof(uintptr_t) == 0 ? *(const uintptr_t *)place.stack : 0;
}

#elif defined(__aarch64__)

struct unwind_place unwind_place_of(const ucontext_t *context)
{
    return (struct unwind_place){.is_known = true,
                                 .at = context->uc_mcontext.pc,
                                 .stack = context->uc_mcontext.sp,
                                 .caller = context->uc_mcontext.regs[30]};
}

uintptr_t unwind_caller_of(struct unwind_place place)
{
    return place.caller;
}

#else

/* The report then begins with the handler's own frames. */
struct unwind_place unwind_place_of(const ucontext_t *context)
{
    (void)context;
    return (struct unwind_place){.is_known = false};
}

uintptr_t unwind_caller_of(struct unwind_place place)
{
    return place.caller;
}

#endif

/* ---- all frames ---- */

void unwind_prepare(void)
{
    void *frame;

    (void)backtrace(&frame, 1); /* loads libgcc now and not in the handler */
}

/* What does not go through the place is the unwinder's fault: then the place is all that is known. */
uint32_t unwind_frames(const ucontext_t *context, uintptr_t *ret_frames, uint32_t max)
{
    void *frames[ALL_FRAMES_MAX];
    struct unwind_place place = unwind_place_of(context);
    uint32_t wanted = max + OWN_FRAMES_MAX < ALL_FRAMES_MAX ? max + OWN_FRAMES_MAX : ALL_FRAMES_MAX;
    uint32_t count = (uint32_t)backtrace(frames, (int)wanted);
    uint32_t first = 0;
    uint32_t taken = 0;

    while (place.is_known && first < count && (uintptr_t)frames[first] != place.at)
        first++;
    if (first == count && place.is_known && max > 0)
        ret_frames[taken++] = place.at;
    while (first < count && taken < max)
        ret_frames[taken++] = (uintptr_t)frames[first++];
    return taken;
}
