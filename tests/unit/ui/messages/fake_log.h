/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log of canned answers. The topic "lines" has two partitions, with three records and two: their times interleave.
 * The group "g" has committed 1 in the first partition, "busy" has a member, and "denied" may not be changed.
 */
#ifndef TESTS_UNIT_UI_MESSAGES_FAKE_LOG_H
#define TESTS_UNIT_UI_MESSAGES_FAKE_LOG_H

#include "broker/client/console.h"

const struct log_console *fake_log(void);

#endif
