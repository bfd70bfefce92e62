/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The logs of many workers as one. Pieces of bytes come in, as they were read; whole lines go out in
 * the order of the times that they begin with (base/logfmt.h). A line without a time belongs to the
 * one before it. Lines of one log keep their order. Pure; a merge belongs to one thread.
 */
#ifndef CLI_VIEWS_LOG_MERGE_H
#define CLI_VIEWS_LOG_MERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum {
    LOG_MERGE_LINE_MAX = 1024 * 1024, /* bytes; a longer line is broken there */
};

struct log_merge;

/* Each line gets the name of its log in front, unless it is raw. */
struct log_merge *log_merge_new(bool is_raw) MUST_USE;
void log_merge_destroy(struct log_merge **merge);

/* A log; its index is that of the call. Copies the name, "alpha:0". */
size_t log_merge_add(struct log_merge *merge, const char *name);

void log_merge_feed(struct log_merge *merge, size_t index, const void *bytes, size_t size);

/* Appends all whole lines; with `is_over` also what has no end yet. */
void log_merge_drain(struct log_merge *merge, bool is_over, struct text *text);

/* Where the last `lines` lines begin; 0 if there are not more. A line without its end counts. */
size_t log_merge_tail(const char *bytes, size_t size, size_t lines);

#endif
