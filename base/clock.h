/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clocks of the machine. Not pure: only shells read them and pass `now` on to the pure code.
 * Any thread.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Never goes back; its zero means nothing. For deadlines and durations. */
uint64_t clock_now_ns(void);

/* CPU time the whole process has used, all threads together. */
uint64_t clock_cpu_ns(void);

/* Milliseconds since 1970 in UTC; jumps when somebody sets the clock. For people only. */
uint64_t clock_wall_ms(void);

#endif
