/* SPDX-License-Identifier: Apache-2.0 */
/* fails: struct sentence \* */
#include "tests/compile_fail/topology.h"

#include <gale/probe.h>

enum gale_verdict give(struct gale_probe *probe);

enum gale_verdict give(struct gale_probe *probe)
{
    return gale_probe_give(probe, words, &(struct sentence){.text = gale_str("cow")});
}
