/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hidden commands `gale __complete names`, `topics` and `groups`, which the completions of shells
 * run: the names of the topologies on the cluster, of the topics of the log, of its groups of consumers,
 * one on a line. It says nothing else, and does not wait long.
 */
#ifndef CLI_COMMANDS_COMPLETE_H
#define CLI_COMMANDS_COMPLETE_H

#include "cli/exit_code.h"

#define COMPLETE_COMMAND "__complete"

enum exit_code complete_main(const char *what);

#endif
