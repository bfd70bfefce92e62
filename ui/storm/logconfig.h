/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storm's log levels, which are of named loggers, as the one level that a topology's workers have here: that of the
 * logger "ROOT". Pure; any thread.
 */
#ifndef UI_STORM_LOGCONFIG_H
#define UI_STORM_LOGCONFIG_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attribute.h"
#include "wire/control.h"

/* {"namedLoggerLevels": {"ROOT": {"target_level", "reset_level", "timeout", "timeout_epoch"}}}, empty if nothing was
 * changed; of a topology's status. The caller owns it. */
json_t *storm_log_config(const json_t *status, uint64_t now_ms);

struct log_change {
    const char *level; /* "debug"; NULL: back to the topology's setting */
    uint64_t for_ms;   /* 0: until it is changed again */
};

/* What a body of that form asks for. */
bool storm_log_change(const json_t *body, struct log_change *ret_change,
                      struct control_fault *fault) MUST_USE;

#endif
