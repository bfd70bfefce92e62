/* SPDX-License-Identifier: Apache-2.0 */
/* fails: struct sentence \* */
#include "tests/compile_fail/topology.h"

uint64_t length(const struct gale_tuple *tuple);

uint64_t length(const struct gale_tuple *tuple)
{
    const struct word *word = gale_read(tuple, sentences);

    return word->text.length;
}
