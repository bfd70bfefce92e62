# SPDX-License-Identifier: Apache-2.0
"""A topology whose bolt does nothing but burn, for tests of stacks and profiles: `burn_the_time` of `writer`."""

from conftest import C_FLAGS, edited

STEPS = 2_000_000  # of one tuple: some milliseconds

# ThreadSanitizer keeps a signal back until the thread enters its own code, so it interrupts a loop that
# calculates only afterwards, and where it was is not where it is seen.
SIGNALS_ARE_LATE = "-fsanitize=thread" in C_FLAGS
WHY_LATE = "ThreadSanitizer delivers signals late, at a place that is not the interrupted one"

BURN = f"""
static volatile uint64_t burnt;

__attribute__((noinline)) static void burn_the_time(void)
{{
    for (int i = 0; i < {STEPS}; i++)
        burnt = burnt * 31 + 7;
}}

static enum gale_next reader_next"""

SOURCE = edited(
    ("static enum gale_next reader_next", BURN),
    ("    return GALE_DONE;", '    gale_emit(task, lines, &(struct line){.text = gale_str("x")});\n'
                             "    return GALE_MORE;"),
    ("    return GALE_ACK;", "    burn_the_time();\n    return GALE_ACK;"),
)


def executed(cluster):
    """By the topology `burner`; it is not known until its worker has told."""
    return sum(component["executed"] or 0 for component in cluster.status("burner")["components"])
