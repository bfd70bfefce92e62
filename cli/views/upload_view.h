/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far an upload is. Pure; any thread.
 */
#ifndef CLI_VIEWS_UPLOAD_VIEW_H
#define CLI_VIEWS_UPLOAD_VIEW_H

#include <stdint.h>

#include "base/text.h"

/* "uploading wc.so [#####-----]  50 % of 1.2 MiB": one line without its end. */
void upload_view_bar(const char *what, uint64_t done, uint64_t size, struct text *text);

#endif
