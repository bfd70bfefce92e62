/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a request may have to wait for. Each lane has threads of its own (ui/io/daemon.c), so that requests which
 * wait for one that is silent take none from the others. Pure.
 */
#ifndef UI_HTTP_LANES_H
#define UI_HTTP_LANES_H

#include "ui/http/url.h"

enum lane {
    LANE_NIMBUS, /* what is in none of the others */
    LANE_COORD,
    LANE_LOG,
    LANE_SUPERVISORS,
    LANE_WORKERS, /* supervisors that wait for a worker, which may take its time */
    LANE_LONG, /* the same, for far longer than others: few at a time, and no longer than the client stays */
    LANES,
    LANE_NONE = LANES, /* nobody: answered where it is read */
};

enum lane lane_of(const struct url *url);

#endif
