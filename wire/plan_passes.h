/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The passes of plan_check(), in their order. Each goes over the whole plan and leans on the one
 * before. `error` is not NULL. Errors start with what they are about: "component 'x': "; inputs and
 * what has no name are counted from 1, as people do. Pure.
 */
#ifndef WIRE_PLAN_PASSES_H
#define WIRE_PLAN_PASSES_H

#include "base/err.h"
#include "wire/plan.h"

/* Names, keys of settings and texts: whatever passes here may be quoted in errors. */
MUST_USE enum err plan_names_check(struct plan *plan, struct error *error);

/* Resolves what inputs refer to: from_index, stream_index, key_indices. */
MUST_USE enum err plan_inputs_resolve(struct plan *plan, struct error *error);

/* Sets closes_cycle of each input and rank of each component. Errors: no spout, a component that
 * nothing reaches, an edge that closes a cycle without a reserve or has one and closes none. */
MUST_USE enum err plan_graph_check(struct plan *plan, struct error *error);

#endif
