/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/upload_view.h"

#include <inttypes.h>

#include "cli/answer.h"

enum {
    BAR = 24, /* columns */
};

void upload_view_bar(const char *what, uint64_t done, uint64_t size, struct text *text)
{
    double part = size == 0 ? 1 : (double)done / (double)size;

    text_add(text, "uploading ");
    answer_add_words(what, text);
    text_add(text, " [");
    for (int i = 0; i < BAR; i++)
        text_add(text, "%c", i < (int)(part * BAR) ? '#' : '-');
    text_add(text, "] %3d %% of %.1f MiB", (int)(part * 100), (double)size / (1024 * 1024));
}
