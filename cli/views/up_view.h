/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `gale up` says when the cluster is ready. Pure; any thread.
 */
#ifndef CLI_VIEWS_UP_VIEW_H
#define CLI_VIEWS_UP_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "cli/views/style.h"

struct up_view {
    uint16_t coord_port;
    uint16_t nimbus_port;
    uint16_t broker_port; /* 0: without a log */
    uint16_t ui_port;     /* 0: without a page */
    size_t supervisors;
    uint64_t slots; /* of all supervisors */
    const char *folder;
    const char *config;
    uint64_t elapsed_ns; /* it took */
};

void up_view_render(const struct up_view *view, struct text *text, enum style style);
void up_view_json(const struct up_view *view, struct text *text);

#endif
