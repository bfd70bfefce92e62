/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "coord/state/assignment_state.h"
#include "coord/state/topology_state.h"
#include "tests/support/suite.h"

static enum err put_topology(struct core *core, const char *id, uint64_t epoch)
{
    struct topology_state topology = {
        .id = mem_copy_text(id),
        .name = mem_copy_text(id),
        .owner = mem_copy_text("ann"),
        .plan_hash = mem_copy_text("plan"),
        .so_hash = mem_copy_text("so"),
        .epoch = epoch,
    };
    char *text = topology_state_encode(&topology);
    struct error error;
    enum err err = core_put_topology(core, id, text, strlen(text), &error);

    free(text);
    topology_state_done(&topology);
    return err;
}

/* One worker of "me" in the slot, one of "other" in the slot after it. */
static enum err put_assignment(struct core *core, const char *id, uint32_t slot, uint64_t epoch,
                               int64_t mzxid)
{
    uint32_t components[] = {2}, first[] = {0}, second[] = {1};
    struct assignment_worker workers[] = {
        {.supervisor = (char[]){"me"},
         .slot = slot,
         .loops = 1,
         .executor_count = 1,
         .executors = first},
        {.supervisor = (char[]){"other"},
         .slot = slot + 1,
         .loops = 1,
         .executor_count = 1,
         .executors = second},
    };
    AUTO(mem_free_text) char *topology = mem_copy_text(id);
    struct assignment_state assignment = {
        .topology = topology,
        .epoch = epoch,
        .version = 1,
        .component_count = 1,
        .executors = components,
        .worker_count = 2,
        .workers = workers,
    };
    char *text = assignment_state_encode(&assignment);
    struct error error;
    enum err err = core_put_assignment(core, id, text, strlen(text), mzxid, &error);

    free(text);
    return err;
}

static const char *wanted(const struct core *core, uint32_t slot)
{
    struct core_wanted found;

    return core_find_wanted(core, slot, &found) ? found.topology : "";
}

START_TEST(a_slot_is_to_hold_what_is_assigned_to_it)
{
    AUTO(core_destroy) struct core *core = core_new("me");

    ck_assert_int_eq(put_assignment(core, "t", 1, 1, 5), ERR_OK);
    ck_assert_str_eq(wanted(core, 1), ""); /* which blobs is not known yet */
    ck_assert_int_eq(put_topology(core, "t", 1), ERR_OK);
    ck_assert_str_eq(wanted(core, 0), "");
    ck_assert_str_eq(wanted(core, 1), "t");
    ck_assert_str_eq(wanted(core, 2), ""); /* somebody else's */
    ck_assert(core_has_topology(core, "t"));
    ck_assert(core_has_blob(core, "plan") && core_has_blob(core, "so"));
    ck_assert(!core_has_blob(core, "another"));
    core_remove_assignment(core, "t");
    ck_assert_str_eq(wanted(core, 1), "");
    ck_assert(core_has_topology(core, "t"));
    core_remove_topology(core, "t");
    ck_assert(!core_has_topology(core, "t"));
    core_remove_topology(core, "t");
}
END_TEST

START_TEST(orders_of_a_former_leader_are_refused)
{
    AUTO(core_destroy) struct core *core = core_new("me");

    ck_assert_int_eq(put_topology(core, "t", 7), ERR_OK);
    ck_assert_int_eq(put_topology(core, "t", 6), ERR_CONFLICT);
    ck_assert_int_eq(put_assignment(core, "t", 1, 7, 1), ERR_OK);
    ck_assert_int_eq(put_assignment(core, "t", 2, 6, 2), ERR_CONFLICT);
    ck_assert_str_eq(wanted(core, 1), "t");
    ck_assert_int_eq(put_assignment(core, "t", 2, 7, 3), ERR_OK);
    ck_assert_str_eq(wanted(core, 1), "");
    ck_assert_str_eq(wanted(core, 2), "t");
    /* Each topology has epochs of its own: an old one need not be written again by a new leader. */
    ck_assert_int_eq(put_topology(core, "u", 2), ERR_OK);
    ck_assert_int_eq(put_assignment(core, "u", 3, 2, 4), ERR_OK);
    ck_assert_str_eq(wanted(core, 3), "u");
}
END_TEST

START_TEST(of_two_the_later_one_has_the_slot)
{
    AUTO(core_destroy) struct core *core = core_new("me");

    ck_assert_int_eq(put_topology(core, "t", 1), ERR_OK);
    ck_assert_int_eq(put_topology(core, "u", 1), ERR_OK);
    ck_assert_int_eq(put_assignment(core, "u", 1, 1, 8), ERR_OK);
    ck_assert_int_eq(put_assignment(core, "t", 1, 1, 9), ERR_OK);
    ck_assert_str_eq(wanted(core, 1), "t");
    ck_assert_int_eq(put_assignment(core, "u", 1, 2, 7), ERR_OK);
    ck_assert_str_eq(wanted(core, 1), "u");
    core_remove_assignment(core, "u");
    ck_assert_str_eq(wanted(core, 1), "t");
}
END_TEST

START_TEST(what_cannot_be_read_changes_nothing)
{
    AUTO(core_destroy) struct core *core = core_new("me");
    struct error error;

    ck_assert_int_eq(put_topology(core, "t", 1), ERR_OK);
    ck_assert_int_eq(put_assignment(core, "t", 1, 1, 1), ERR_OK);
    ck_assert_int_ne(core_put_topology(core, "t", "{}", 2, &error), ERR_OK);
    ck_assert_int_ne(core_put_assignment(core, "t", "", 0, 2, &error), ERR_OK);
    ck_assert_int_ne(core_put_assignment(core, "v", "nonsense", 8, 2, &error), ERR_OK);
    ck_assert_str_eq(wanted(core, 1), "t");
}
END_TEST

/* Topologies come and go in any order; what a slot is to hold is what a list says. */
START_TEST(many_topologies_are_kept_apart)
{
    enum {
        COUNT = 40,
        SLOTS = 8
    };
    AUTO(core_destroy) struct core *core = core_new("me");
    bool is_known[COUNT] = {false}, is_assigned[COUNT] = {false};
    int64_t mzxid[COUNT] = {0};
    struct rng rng;

    rng_init(&rng, 3);
    for (int64_t turn = 1; turn < 3000; turn++) {
        uint32_t i = rng_below(&rng, COUNT);
        char id[16];
        (void)snprintf(id, sizeof id, "t%u", i);
        switch (rng_below(&rng, 4)) {
        case 0:
            is_known[i] = true;
            ck_assert_int_eq(put_topology(core, id, 1), ERR_OK);
            break;
        case 1:
            is_known[i] = false;
            core_remove_topology(core, id);
            break;
        case 2:
            is_assigned[i] = true;
            mzxid[i] = turn;
            ck_assert_int_eq(put_assignment(core, id, i % SLOTS, 1, turn), ERR_OK);
            break;
        default:
            is_assigned[i] = false;
            core_remove_assignment(core, id);
            break;
        }
        char right[16] = "";
        int64_t latest = 0;
        for (uint32_t k = i % SLOTS; k < COUNT; k += SLOTS) {
            if (is_known[k] && is_assigned[k] && mzxid[k] > latest) {
                latest = mzxid[k];
                (void)snprintf(right, sizeof right, "t%u", k);
            }
        }
        ck_assert_str_eq(wanted(core, i % SLOTS), right);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_slot_is_to_hold_what_is_assigned_to_it, orders_of_a_former_leader_are_refused,
        of_two_the_later_one_has_the_slot,        what_cannot_be_read_changes_nothing,
        many_topologies_are_kept_apart,
    };

    return suite_run("core", tests, COUNT_OF(tests));
}
