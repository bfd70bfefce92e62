/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes are figures or refused with a text: as a message with a part in it, or as a part. A part
 * that is accepted stays within the memory that was promised, and is written again as it was.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "wire/figures.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at_part(const uint8_t *data, size_t size)
{
    AUTO(figures_decoded_destroy) struct figures_decoded *decoded = NULL;
    AUTO(text_done) struct text again = {0};
    struct error error = {.code = ERR_OK};
    enum err err = figures_decode(data, size, &decoded, &error);

    ASSERT((err == ERR_OK) == (error.text[0] == '\0'));
    ASSERT((err == ERR_OK) == (decoded != NULL));
    if (err != ERR_OK)
        return;
    ASSERT(figures_decoded_bytes(decoded) <= FIGURES_DECODED_MAX);
    bool is_written = figures_encode(figures_decoded_part(decoded), &again);
    ASSERT(is_written);
    ASSERT(text_size(&again) == size && memcmp(text_data(&again), data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct figures_message message;
    struct error error = {.code = ERR_OK};
    enum err err = figures_message_decode(data, size, &message, &error);

    ASSERT((err == ERR_OK) == (error.text[0] == '\0'));
    if (err != ERR_OK) {
        look_at_part(data, size);
        return 0;
    }
    ASSERT(message.index < message.count && message.count <= FIGURES_PARTS_MAX);
    ASSERT((const uint8_t *)message.part + message.size == data + size);
    look_at_part(message.part, message.size);
    return 0;
}
