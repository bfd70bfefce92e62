/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ready-made components: spouts and bolts that need no code of the user's.
 *
 *     ready_lines.h    GALE_LINES_SPOUT     lines of a file or of standard input
 *     ready_numbers.h  GALE_NUMBERS_SPOUT   numbers from .. to
 *     ready_print.h    GALE_PRINT_BOLT      prints each tuple, whatever its stream
 *     ready_file.h     GALE_FILE_BOLT       writes each tuple to a file and acks what is written
 *     ready_log.h      GALE_LOG_SPOUT       records of topics of the log
 *                      GALE_LOG_SINK        writes each tuple to a topic of the log
 *
 * and what they are made of: ready_kept.h (texts that a spout may have to emit again) and
 * ready_text.h (values as text).
 *
 * Each stands in a topology's table like one's own, with its list of settings:
 *
 *     static const struct gale_component reader = {
 *         .name = "reader",
 *         .spout = GALE_LINES_SPOUT,
 *         .emits = {&gale_lines.stream},
 *         .settings = {GALE_LINES_SETTINGS},
 *     };
 *
 * They use libc and the SDK alone (and the log's a service of the host's), in C and in C++: all of it is `static inline`, and tables are
 * initialised by position, as C++17 wants it. Out of memory aborts.
 */
#ifndef GALE_READY_H
#define GALE_READY_H

#include <gale/ready_file.h>
#include <gale/ready_lines.h>
#include <gale/ready_log.h>
#include <gale/ready_numbers.h>
#include <gale/ready_print.h>

#endif
