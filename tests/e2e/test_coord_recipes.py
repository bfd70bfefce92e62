# SPDX-License-Identifier: Apache-2.0
"""The recipes over the client over real servers, by several processes that are killed and stopped.

A session ends with its timeout alone: the processes die without a word, or are stopped until others
have taken over.
"""

from coord.participants import await_that, first_of, join, server, tree
from coord.tallies import (
    added_to,
    additions,
    expect_items,
    expect_sections,
    expect_sum,
    items,
    sections,
)


# ---- who leads, who is there ----


def start_all(participants):
    """All recipes of an owner on one session. The first one leads and has the lock."""
    first, *others = participants
    for participant in participants:
        participant.do("election start", "lock take", "member join", "cache start", "setting start")
        participant.expect("member", "joined")
        if participant is first:
            assert first.expect_number("election", r"won (\d+)") == 1
            epoch = first.expect_number("lock", r"taken (\d+)")
    for participant in participants:
        participant.expect("cache", "complete")
        participant.expect("setting", ".*")
        names = [other.name for other in participants]
        await_that(participants, lambda: added_to(participant) >= set(names))
    return epoch


def test_when_the_leader_is_killed_another_leads(join):
    a, *others = everybody = join("a", "b", "c")
    lock_epoch = start_all(everybody)
    a.kill()
    leader, match = first_of(others, "election", r"won (\d+)")
    assert int(match[1]) == 2
    holder, match = first_of(others, "lock", r"taken (\d+)")
    assert int(match[1]) > lock_epoch
    for other in others:
        other.expect("cache", "removed a new")
    # The next one takes over at once from who gives up.
    leader.do("election resign")
    leader.expect("election", "resigned")
    (last,) = [other for other in others if other is not leader]
    assert last.expect_number("election", r"won (\d+)") == 3
    holder.do("lock release")
    holder.expect("lock", "released")
    assert len(leader.all("election", "won .*")) == len(last.all("election", "won .*")) == 1


def test_a_leader_that_was_stopped_follows(join, tree):
    a, *others = everybody = join("a", "b", "c")
    b = others[0]
    tree.create("/setting", "one")
    start_all(everybody)
    a.pause()
    leader, match = first_of(others, "election", r"won (\d+)")
    assert int(match[1]) == 2
    holder, _ = first_of(others, "lock", r"taken (\d+)")
    for other in others:
        other.expect("cache", "removed a new")
    b.do("member set changed")
    others[1].expect("cache", "changed b changed")
    tree.set("/setting", "two")
    b.expect("setting", "two")
    a.resume()
    for about in ("election", "lock"):
        a.expect(about, "suspended")
        a.expect(about, "lost")
    a.expect("session", "over")
    a.expect("member", "lost")
    a.expect("member", "joined")
    a.expect("setting", "two")
    a.expect("cache", "changed b changed")
    a.expect("cache", "complete")
    for other in others:
        other.expect("cache", "added a new")
    # It is a candidate again, behind the others.
    for epoch in (3, 4):
        leader.do("election resign")
        leader.expect("election", "resigned")
        rest = [other for other in everybody if not other.all("election", "resigned")]
        leader, match = first_of(rest, "election", r"won (\d+)")
        assert int(match[1]) == epoch
    assert leader is a
    # A lock is not asked for again by itself.
    holder.do("lock release")
    (waiting,) = [other for other in others if other is not holder]
    waiting.expect("lock", r"taken (\d+)")
    waiting.do("lock release")
    waiting.expect("lock", "released")
    a.do("lock take")
    a.expect("lock", r"taken (\d+)")


def test_a_process_that_starts_again_quickly_is_there_again(join):
    a, watcher = join("a", "b")
    watcher.do("cache start")
    a.do("member join")
    a.expect("member", "joined")
    watcher.expect("cache", "added a new")
    a.kill()
    again = join("a")  # while the server still has the former session
    again.do("member set again", "member join")
    again.expect("member", "joined")
    watcher.expect("cache", "(added|changed) a again")
    again.do("member leave")
    again.expect("member", "left")
    watcher.expect("cache", "removed a again")


# ---- locks ----


def test_shared_locks_are_held_together_and_exclude_the_exclusive_one(join):
    a, b, c, d = join("a", "b", "c", "d")
    a.do("shared take")
    a.expect("shared", "taken .*")
    b.do("shared take")
    b.expect("shared", "taken .*")
    c.do("lock take", "member join")
    c.expect("member", "joined")  # its seat was asked for before
    d.do("shared take", "member join")
    d.expect("member", "joined")
    a.do("shared release")
    a.expect("shared", "released")
    assert not c.all("lock", "taken .*")
    b.kill()
    epoch = c.expect_number("lock", r"taken (\d+)")
    assert not d.all("shared", "taken .*")
    c.do("lock release")
    c.expect("lock", "released")
    assert d.expect_number("shared", r"taken (\d+)") > 0 and epoch > 0


def test_nobody_is_in_a_critical_section_with_another(join, tree):
    tree.create("/section", "0")
    everybody = a, b, c = join("a", "b", "c")
    for participant in everybody:
        participant.do("section run 1000")
    await_that(everybody, lambda: len(sections(everybody)) >= 20)
    a.kill()
    before = len(sections(everybody))
    await_that([b, c], lambda: len(sections(everybody)) >= before + 20)
    b.pause()  # it may be inside
    before = len(sections(everybody))
    await_that([c], lambda: len(sections(everybody)) >= before + 20)
    b.resume()
    before = len(sections([b]))
    await_that([b], lambda: len(sections([b])) >= before + 5)
    for participant in (b, c):
        participant.kill()
    number, unknown = expect_sections(tree, everybody)
    assert len(unknown) <= 4  # who was killed or stopped may have been about to tell of one
    assert number >= 65


# ---- queue and counter ----


def put_until(producer, everybody, rounds, condition):
    """Puts items, 60 at a time, until the condition holds: who takes how many of them is chance. `rounds`
    is how often that was done before; returns how often it was done by now."""
    while True:
        await_that(everybody, lambda: condition() or len(producer.all("put", "over")) == rounds)
        if condition():
            return rounds
        producer.do("put items 60 x")
        rounds += 1


def test_items_of_a_queue_go_to_one_consumer_each(join):
    """A consumer that is killed takes at most the one item along that it was about to tell of."""
    producer, a, b = everybody = join("producer", "a", "b")
    for consumer in (a, b):
        consumer.do("take start")
    rounds = put_until(producer, everybody, 0, lambda: len(items([a])) >= 5)
    a.kill()
    again = join("a")
    again.do("take start")
    rounds = put_until(producer, [producer, again], rounds, lambda: len(items([again])) >= 5)
    b.kill()
    await_that([producer], lambda: len(producer.all("put", "over")) == rounds)
    # What is in the queue is taken in order: after the last one there is none.
    producer.do("put items 1 last")
    last = f"last-{60 * rounds}"
    await_that([producer, again], lambda: last in items([a, b, again]))
    put = [f"x-{i}" for i in range(60 * rounds)] + [last]
    expect_items(put, items([a, b, again]), lost_max=2)


def test_a_producer_that_is_killed_puts_nothing_twice(join):
    a, consumer = join("a", "consumer")
    consumer.do("take start")
    a.do("put items 1000 x")
    await_that([a, consumer], lambda: len(items([consumer])) >= 15)
    a.kill()
    told = {f"x-{match[1]}" for match in a.all("put", r"done (\d+)")}
    again = join("a")
    again.do("put items 5 y")
    again.expect("put", "over")
    await_that([consumer], lambda: "y-4" in items([consumer]))
    got = items([consumer])
    assert len(set(got)) == len(got)
    assert told <= set(got)
    assert len([item for item in got if item[0] == "x"]) <= len(told) + 1


def test_a_counter_is_exact_although_adders_are_killed(join, tree):
    a, b, c = join("a", "b", "c")
    for adder in (a, b, c):
        adder.do("counter add 15")
    await_that([a, b, c], lambda: len(additions([a])) >= 3)
    a.kill()
    again = join("a")
    again.do("counter add 10")
    for adder in (again, b, c):
        adder.expect("counter", "over")
    expect_sum(tree, [a, b, c, again], untold_max=1)


# ---- barriers and latch ----


def test_a_barrier_holds_back_until_it_is_lowered(join):
    a, b, c = join("a", "b", "c")
    a.do("barrier raise")
    a.expect("barrier", "raised")
    a.kill()  # it is for all, and stays
    for waiting in (b, c):
        waiting.do("barrier wait", "member join")
        waiting.expect("member", "joined")
    assert not b.all("barrier", "passed") and not c.all("barrier", "passed")
    again = join("a")
    again.do("barrier lower")
    again.expect("barrier", "lowered")
    for waiting in (b, c):
        waiting.expect("barrier", "passed")


def test_a_double_barrier_is_entered_and_left_together(join):
    a, b, c = join("a", "b", "c")
    for party in (a, b):
        party.do("double enter", "member join")
        party.expect("member", "joined")
    assert not a.all("double", "entered") and not b.all("double", "entered")
    c.do("double enter")
    for party in (a, b, c):
        party.expect("double", "entered")
    b.do("double leave")
    c.kill()  # it is not waited for longer than its session lives
    a.do("double leave")
    for party in (a, b):
        party.expect("double", "left")
    again = join("c")
    for party in (a, b, again):
        party.do("double enter")
    for party in (a, b, again):
        party.expect("double", "entered")
    a.pause()
    for party in (b, again):
        party.do("double leave")
    for party in (b, again):
        party.expect("double", "left")
    a.resume()
    a.expect("double", "lost")


def test_a_latch_counts_each_party_once(join):
    a, b, c = join("a", "b", "c")
    c.do("latch wait")
    a.do("latch count")
    a.expect("latch", "counted")
    a.kill()
    again = join("a")
    again.do("latch count")
    again.expect("latch", "counted")
    b.do("latch count")
    b.expect("latch", "counted")
    assert not c.all("latch", "open")
    c.do("latch count")
    c.expect("latch", "open")
    b.do("latch wait")
    b.expect("latch", "open")
