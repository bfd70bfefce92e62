/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Those of the four-letter words whose answers are lists: see words.h. Pure; any thread.
 */
#ifndef COORD_SERVER_WORDS_LIST_H
#define COORD_SERVER_WORDS_LIST_H

#include "coord/server/words.h"

void words_list_cons(const struct words_facts *facts, struct text *out);
void words_list_dump(const struct words_facts *facts, struct text *out);
void words_list_wchc(const struct words_facts *facts, struct text *out);
void words_list_wchp(const struct words_facts *facts, struct text *out);

/* The connections as `stat` shows them. */
void words_list_clients(const struct words_facts *facts, struct text *out);

#endif
