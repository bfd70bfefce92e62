/* SPDX-License-Identifier: Apache-2.0 */
/* The headers that decide how a file is sent, and its path. */
#include "ui/http/assets.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    char *text = mem_alloc(size + 2);

    text[0] = '/';
    if (size > 0)
        memcpy(text + 1, data, size);
    (void)assets_accepts_gzip(text + 1);
    (void)assets_is_match(text + 1, "\"0123-4\"");
    (void)assets_is_view(text);
    (void)assets_is_hashed(text);
    (void)assets_type(text);
    free(text);
    return 0;
}
