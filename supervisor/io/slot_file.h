/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of slots on disk: workers/<slot>/slot.json (supervisor/slot_record.h). Blocks; belongs to
 * its owner's thread.
 */
#ifndef SUPERVISOR_IO_SLOT_FILE_H
#define SUPERVISOR_IO_SLOT_FILE_H

#include <stdint.h>

#include "base/err.h"
#include "supervisor/slot_record.h"

/* `folder` is "<data>/workers". */
enum err slot_file_write(const char *folder, uint32_t number, const struct slot *slot,
                         const char *boot, struct error *error) MUST_USE;

/* ERR_NOT_FOUND if there is none; ERR_CORRUPT and the like. */
enum err slot_file_read(const char *folder, uint32_t number, struct slot_record *ret_record,
                        struct error *error) MUST_USE;

#endif
