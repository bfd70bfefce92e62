/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --wait: looks at a topology again and again until it is so far, and says meanwhile how it goes: on
 * a terminal by one line that is redrawn, elsewhere by a line for each change of its status.
 */
#ifndef CLI_COMMANDS_WAITING_H
#define CLI_COMMANDS_WAITING_H

#include "cli/io/nimbus.h"

enum waiting_for {
    WAITING_FOR_END,     /* nobody knows it any more, or another one has its name */
    WAITING_FOR_BALANCE, /* it is not being rebalanced any more */
};

/* `id` is that of the topology. DONE; TIMEOUT after --within; INTERRUPTED, after which the topology
 * goes on. */
enum exit_code waiting_run(struct nimbus *nimbus, enum waiting_for what, const char *name,
                           const char *id);

/* Reads --within, which needs --wait, and begins to catch signals if there is --wait. */
enum exit_code waiting_prepare(struct nimbus *nimbus);

#endif
