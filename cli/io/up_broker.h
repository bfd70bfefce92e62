/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a broker of the log answers: asks one for the versions that it serves, which any may ask.
 */
#ifndef CLI_IO_UP_BROKER_H
#define CLI_IO_UP_BROKER_H

#include <stdbool.h>

#include "base/attribute.h"

/* `brokers` is a list of "host:port"; each of them may take `timeout_ms` for each step. */
MUST_USE bool up_broker_answers(const char *brokers, int timeout_ms);

#endif
