/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node of the cluster state as backend.coord answers it (ui/backend.h). Pure.
 */
#ifndef UI_COORD_VIEW_H
#define UI_COORD_VIEW_H

#include <jansson.h>

#include "coord/event.h"

enum {
    COORD_VIEW_DATA_MAX = 64 * 1024, /* bytes that are shown */
    COORD_VIEW_CHILDREN_MAX = 1000,
};

/* Of the answers to a GET and a CHILDREN. The caller owns it. */
json_t *coord_view(const char *path, const struct coord_event *data,
                   const struct coord_event *children) MUST_USE;

#endif
