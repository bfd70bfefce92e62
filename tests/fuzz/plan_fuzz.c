/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes are decoded as a plan or refused; a plan that was decoded can be checked, and encodes to
 * a text that decodes and encodes to itself. An error always has a text.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "wire/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_stable(const struct plan *plan)
{
    AUTO(mem_free_text) char *first = plan_encode(plan);
    AUTO(plan_destroy) struct plan *again = NULL;
    enum err err = plan_decode(first, strlen(first), &again, NULL);

    ASSERT(err == ERR_OK);
    AUTO(mem_free_text) char *second = plan_encode(again);
    ASSERT(strcmp(first, second) == 0);
}

static void expect_checkable(struct plan *plan)
{
    struct error error = {.code = ERR_OK};
    enum err err = plan_check(plan, &error);

    ASSERT(err == error.code);
    ASSERT((err == ERR_OK) == (error.text[0] == '\0'));
    ASSERT(plan_check(plan, NULL) == err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(plan_destroy) struct plan *plan = NULL;
    struct error error = {.code = ERR_OK};
    enum err err = plan_decode((const char *)data, size, &plan, &error);

    ASSERT((err == ERR_OK) == (plan != NULL));
    ASSERT((err == ERR_OK) == (error.text[0] == '\0'));
    if (plan == NULL)
        return 0;
    expect_stable(plan);
    expect_checkable(plan);
    return 0;
}
