/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signals of a run: SIGINT and SIGTERM stop it, SIGUSR1 and SIGUSR2 deactivate and activate its
 * spouts. They are in force until the process ends.
 */
#ifndef CLI_IO_SIGNALS_H
#define CLI_IO_SIGNALS_H

void signals_install(void);

#endif
