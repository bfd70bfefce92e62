/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/io/slot_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "supervisor/io/folder.h"

static char *folder_of(const char *folder, uint32_t number)
{
    struct text path;

    text_init(&path);
    text_add(&path, "%s/%u", folder, number);
    return text_take(&path);
}

enum err slot_file_write(const char *folder, uint32_t number, const struct slot *slot,
                         const char *boot, struct error *error)
{
    AUTO(mem_free_text) char *of_slot = folder_of(folder, number);
    AUTO(mem_free_text) char *path = folder_join(of_slot, "slot.json");
    AUTO(mem_free_text) char *text = slot_record_encode(slot, boot);

    enum err err = folder_make(of_slot, error);
    return err == ERR_OK ? folder_write(path, text, strlen(text), error) : err;
}

enum err slot_file_read(const char *folder, uint32_t number, struct slot_record *ret_record,
                        struct error *error)
{
    AUTO(mem_free_text) char *of_slot = folder_of(folder, number);
    AUTO(mem_free_text) char *path = folder_join(of_slot, "slot.json");
    char *bytes;
    size_t size;

    enum err err = file_read(path, SLOT_RECORD_SIZE_MAX, &bytes, &size, error);
    if (err != ERR_OK)
        return err;
    err = slot_record_decode(bytes, size, ret_record, error);
    free(bytes);
    return err;
}
