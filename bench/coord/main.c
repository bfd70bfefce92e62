/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load that bench/coord.py puts on gale-coord and on ZooKeeper, in the protocol that both
 * speak: one thread, one epoll, calls written and answers read as bytes. No client library is in
 * between, as it would be what is measured: it sends a call at a time.
 *
 * It prints one JSON object. A server that answers wrongly or late beyond reason gives no figure.
 */
#include <stdio.h>

#include "bench/coord/modes.h"
#include "bench/coord/options.h"

int main(int argc, char **argv)
{
    static void (*const modes[OPTIONS_MODES])(const struct options *options) = {
        [OPTIONS_LOAD] = load_run, [OPTIONS_FANOUT] = fanout_run, [OPTIONS_SESSIONS] = sessions_run,
        [OPTIONS_FILL] = fill_run, [OPTIONS_EXPIRE] = expire_run, [OPTIONS_READY] = ready_run,
    };
    struct options options = options_parse(argv + (argc > 0));

    modes[options.mode](&options);
    return fflush(stdout) == 0 ? 0 : 1;
}
