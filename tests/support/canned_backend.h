/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cluster of canned answers, for tests of what gale-ui makes of them: what is not in it is not found. Answers put
 * later go before those put earlier. Texts are copied; JSON that cannot be read, or a test that asks wrongly, ends
 * the test program. Any thread may ask; putting is for one, before it.
 */
#ifndef TESTS_CANNED_BACKEND_H
#define TESTS_CANNED_BACKEND_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/backend.h"
#include "ui/handler.h"

struct canned_backend;

struct canned_backend *canned_backend_new(void);
void canned_backend_destroy(struct canned_backend **canned);
const struct backend *canned_backend_get(struct canned_backend *canned);

/* What nimbus answers to `op`. `args` is JSON: what the arguments must have, and may have more; NULL: whatever they are. */
void canned_backend_put(struct canned_backend *canned, const char *op, const char *args,
                        const char *ok);
void canned_backend_refuse(struct canned_backend *canned, const char *op, const char *args,
                           enum control_code code, const char *text);

/* The same of the supervisor `id`; the body is text. */
void canned_backend_put_supervisor(struct canned_backend *canned, const char *id, const char *op,
                                   const char *args, const char *ok, const char *body);
void canned_backend_refuse_supervisor(struct canned_backend *canned, const char *id, const char *op,
                                      enum control_code code, const char *text);

/* What backend.coord answers for a path. */
void canned_backend_put_coord(struct canned_backend *canned, const char *path, const char *ok);

/* Which server of the cluster state is connected to; borrowed. Without it none is. */
void canned_backend_set_coord_server(struct canned_backend *canned, const char *name);

/* The log; without it the module "cannot be loaded". */
void canned_backend_set_log(struct canned_backend *canned, const struct log_console *console);

/* Whether it was told last that the log gives no answer. */
bool canned_backend_is_log_silent(const struct canned_backend *canned);

/* The clocks stand still, at 1,795,000,000,000 ms and 1 s, until they are set. */
void canned_backend_set_clocks(struct canned_backend *canned, uint64_t wall_ms, uint64_t now_ns);

/* What was asked, in its order: {"of": "nimbus" | "coord" | an id, "op" (or the path), "args", "change": true or
 * false, "until_ns", "limit_ms", "may_end": it has an asker}. Borrowed; NULL beyond the last. */
const json_t *canned_backend_asked(struct canned_backend *canned, size_t index);

/* ---- requests ---- */

/* What a table answers to "GET /api/v2/topologies?spark=1" or "POST ...", with a body of JSON or NULL. The
 * target is taken apart as the server does it; without a route the answer is 404 or 405. `facts` NULL: of a
 * server "1.2.3" with actions, no token and no tables. Ended by canned_answer_done(). */
struct http_answer canned_request(struct canned_backend *canned, struct route_table table,
                                  const struct ui_facts *facts, const char *request,
                                  const char *body);

/* The answer's body as JSON, which must be that; the caller owns it. */
json_t *canned_answer_json(const struct http_answer *answer);

/* All of what its source gives, or its body. The caller frees it. */
char *canned_answer_text(struct http_answer *answer, size_t *ret_size);

void canned_answer_done(struct http_answer *answer);

#endif
