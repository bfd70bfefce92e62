/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of nimbus that are good for as long as its figures stand still, which is a second: whoever asks the same
 * again gets the same, and who asks while the answer is on its way waits for it. So nimbus is asked once a second for
 * each thing, however many look at it. At most LOOKUPS_MAX answers are kept; beyond, nobody's question waits, but each
 * is asked. Any thread.
 *
 * Answers with figures say of which tick they are. One of a later tick ends all that was told before it, so that who asks
 * for several things gets them of one tick where that can be; an answer that comes when a later one is known is for who
 * asked it, and whoever waits for it beside asks anew.
 *
 * The same serves for questions to supervisors that many ask at a time; their answers have no ticks, and bodies of at most
 * CONTROL_CHUNK_MAX.
 *
 * What is kept is the text of an answer, and each who gets it again reads it anew: values of JSON are not for several
 * threads.
 */
#ifndef UI_IO_LOOKUPS_H
#define UI_IO_LOOKUPS_H

#include <jansson.h>
#include <stdint.h>

#include "wire/control.h"

enum {
    LOOKUPS_MAX = 64,
};

struct lookups;
struct lookup; /* one that is to be answered */

struct lookups *lookups_new(uint64_t keep_ns) MUST_USE;
void lookups_destroy(struct lookups **lookups); /* nobody asks any more */

/* What is given to who asks; all of it is his. */
struct lookup_answer {
    json_t *ok;
    void *body; /* NULL: none */
    size_t size;
};

enum lookup_verdict {
    LOOKUP_KNOWN,  /* *ret_answer, or *fault, is set */
    LOOKUP_TO_ASK, /* and then lookups_tell() or lookups_fail() */
    LOOKUP_LATE,   /* somebody else's question was not answered in time */
};

/* `key` says what is asked. */
enum lookup_verdict lookups_find(struct lookups *lookups, const char *key, uint64_t until_ns,
                                 struct lookup **ret_lookup, struct lookup_answer *ret_answer,
                                 struct control_fault *fault) MUST_USE;

/* An answer as it came (wire/control.h), and bytes that came with it. */
struct lookup_told {
    char *text;
    void *body; /* NULL: none */
    size_t size;
    uint64_t tick; /* 0: it has none */
};

/* Takes the text over, and copies the body. */
void lookups_tell(struct lookups *lookups, struct lookup *lookup, const struct lookup_told *told);

/* There is none: told to those who wait, and not kept. */
void lookups_fail(struct lookups *lookups, struct lookup *lookup,
                  const struct control_fault *fault);

/* Nothing is known any more: figures have gone on, or something was changed. */
void lookups_forget(struct lookups *lookups);

#endif
