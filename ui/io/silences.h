/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who of those that gale-ui asks is silent (ui/peers.h), with the clocks and the words that belong to it. Any thread.
 */
#ifndef UI_IO_SILENCES_H
#define UI_IO_SILENCES_H

#include <stdint.h>

#include "ui/peers.h"
#include "wire/control.h"

struct silences;

struct silences *silences_new(uint64_t keep_ns) MUST_USE;
void silences_destroy(struct silences **silences);

/* False: not now; the fault says who is silent since when, and what to do. True: the question begins in this moment,
 * which is to be said if it is missed: else it is taken for an older one. */
bool silences_may_ask(struct silences *silences, const char *name, uint64_t patience_ns,
                      uint64_t *ret_began_ns, struct control_fault *fault) MUST_USE;

void silences_heard(struct silences *silences, const char *name);

/* A question that began at `began_ns` got no answer: the fault says why, and afterwards since when, too. */
void silences_missed(struct silences *silences, const char *name, uint64_t began_ns,
                     struct control_fault *fault);

#endif
