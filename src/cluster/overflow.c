/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* A worker that does not come to reading its inbox. What waits for it is bounded, and what does not
 * fit is lost to its clients; as who misses one event must not go on as if it had it, they are all
 * cut off when it comes round, and none of them comes back as itself. The same rule as for a client
 * that reads too slowly. */

#include "cluster/group.h"

static void run(struct rtcio__post *post)
{
    struct rtcio__node *node = rtcio__container_of(post, struct rtcio__node, lost);

    /* From here on another one may be lost, and is told again. */
    __atomic_store_n(&node->has_lost, false, __ATOMIC_RELEASE);
    rtcio__server_lost(node->server);
}

static void drop(struct rtcio__post *post)
{
    (void)post; /* it is its worker's */
}

void rtcio__node_lost(struct rtcio__node *from, struct rtcio__node *to)
{
    if (__atomic_exchange_n(&to->has_lost, true, __ATOMIC_ACQ_REL))
        return; /* it is on its way */
    /* Quick: nothing that is sent later is to be delivered before it. */
    to->lost = (struct rtcio__post){.run = run, .drop = drop, .quick = true};
    rtcio__node_send(from, to, &to->lost);
}
