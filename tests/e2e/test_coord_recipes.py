# SPDX-License-Identifier: Apache-2.0
"""The recipes over the client over real servers, by several processes that are killed and stopped.

A session ends with its timeout alone: the processes die without a word, or are stopped until others
have taken over.
"""

import pytest

from coord import servers, wire
from coord.fixtures import ensemble, whole_ensemble
from coord.participants import await_that, first_of, joining

TICK_MS = 250  # so that sessions end when they are over
ROOT = "/gale"  # where the client has its root


@pytest.fixture(scope="module", params=servers.KINDS)
def server(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("coord")
    with servers.running(request.param, folder, tick_ms=TICK_MS) as server:
        yield server


def empty(client, path="/"):
    """Deletes all nodes but ZooKeeper's own."""
    for name in client.children(path):
        below = path.rstrip("/") + "/" + name
        if below != "/zookeeper":
            empty(client, below)
            client.delete(below)


@pytest.fixture
def state(server):
    """A client that sees all, and a tree that is empty but for the root."""
    client = wire.Client(server.address)
    empty(client)
    client.create(ROOT)
    yield client
    client.end_session()


@pytest.fixture
def join(server, state):
    with joining(server.hosts) as join:
        yield join


def data(client, path):
    return client.get(ROOT + path)[0].decode()


# ---- who leads, who is there ----


def added_to(participant):
    return {match[1] for match in participant.all("cache", r"added (\w+) .*")}


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


def test_a_leader_that_was_stopped_follows(join, state):
    a, *others = everybody = join("a", "b", "c")
    b = others[0]
    state.create(ROOT + "/setting", b"one")
    start_all(everybody)
    a.pause()
    leader, match = first_of(others, "election", r"won (\d+)")
    assert int(match[1]) == 2
    holder, _ = first_of(others, "lock", r"taken (\d+)")
    for other in others:
        other.expect("cache", "removed a new")
    b.do("member set changed")
    others[1].expect("cache", "changed b changed")
    state.set(ROOT + "/setting", b"two")
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


def sections(participants, about="done"):
    return [
        int(match[1])
        for participant in participants
        for match in participant.all("section", about + r" (\d+)")
    ]


def expect_sections(state, participants):
    """Each section has its own number: nobody was in one with somebody else."""
    done = sections(participants)
    assert len(set(done)) == len(done)
    number = int(data(state, "/section"))
    unknown = set(range(1, number + 1)) - set(done)
    return number, unknown


def test_nobody_is_in_a_critical_section_with_another(join, state):
    state.create(ROOT + "/section", b"0")
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
    number, unknown = expect_sections(state, everybody)
    assert len(unknown) <= 4  # who was killed or stopped may have been about to tell of one
    assert number >= 65


# ---- queue and counter ----


def items(participants):
    return [
        match[1]
        for participant in participants
        for match in participant.all("take", "got (.*)")
    ]


def expect_items(put, got, lost_max):
    assert len(set(got)) == len(got), "an item was taken twice"
    assert set(got) <= set(put)
    assert len(set(put) - set(got)) <= lost_max


def test_items_of_a_queue_go_to_one_consumer_each(join):
    """A consumer that is killed takes at most the one item along that it was about to tell of."""
    producer, a, b = everybody = join("producer", "a", "b")
    for consumer in (a, b):
        consumer.do("take start")
    producer.do("put items 60 x")
    await_that(everybody, lambda: len(items([a])) >= 5)
    a.kill()
    again = join("a")
    again.do("take start")
    await_that(everybody, lambda: len(items([again])) >= 5)
    b.kill()
    producer.expect("put", "over")
    got = lambda: items([a, b, again])
    # What is in the queue is taken in order: after the last one there is none.
    producer.do("put items 1 last")
    await_that([producer, again], lambda: "last-60" in got())
    expect_items([f"x-{i}" for i in range(60)] + ["last-60"], got(), lost_max=2)


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


def additions(participants):
    return [
        int(match[1])
        for participant in participants
        for match in participant.all("counter", r"added (\d+)")
    ]


def expect_sum(state, participants, untold_max):
    """Each addition has a sum of its own; the receipts count them, too."""
    told = additions(participants)
    total = int(data(state, "/counter"))
    receipts = state.children(f"{ROOT}/counter/receipts")
    versions = [state.stat(f"{ROOT}/counter/receipts/{name}").version for name in receipts]
    assert len(set(told)) == len(told) and set(told) <= set(range(1, total + 1))
    assert len(told) <= total <= len(told) + untold_max
    assert sum(versions) == total


def test_a_counter_is_exact_although_adders_are_killed(join, state):
    a, b, c = join("a", "b", "c")
    for adder in (a, b, c):
        adder.do("counter add 15")
    await_that([a, b, c], lambda: len(additions([a])) >= 3)
    a.kill()
    again = join("a")
    again.do("counter add 10")
    for adder in (again, b, c):
        adder.expect("counter", "over")
    expect_sum(state, [a, b, c, again], untold_max=1)


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


# ---- the server dies ----


def begin_work(join, state):
    """Everything at once; gives who does it."""
    state.create(ROOT + "/section", b"0")
    a, b, producer = workers = join("a", "b", "producer")
    a.do("election start", "lock take", "member join", "cache start", "setting start")
    assert a.expect_number("election", r"won (\d+)") == 1
    a.expect("lock", "taken .*")
    b.do("election start", "lock take", "member join")
    a.expect("cache", "added b new")
    for worker in (a, b):
        worker.do("take start", "counter add 30", "section run 30")
    producer.do("put items 60 x")
    return workers


def await_progress(workers):
    """Some more of each work."""
    measures = (additions, items, sections)
    before = [measure(workers) for measure in measures]
    await_that(
        workers,
        lambda: all(
            len(measure(workers)) >= len(done) + 3
            for measure, done in zip(measures, before, strict=True)
        ),
    )


def expect_work(state, workers):
    """It gets done, exactly, and whoever was somebody still is."""
    a, b, producer = workers
    for worker in (a, b):
        worker.expect("counter", "over")
        worker.expect("section", "over")
    producer.expect("put", "over")
    await_that(workers, lambda: len(items(workers)) >= 60)
    expect_items([f"x-{i}" for i in range(60)], items(workers), lost_max=0)
    expect_sum(state, [a, b], untold_max=0)
    assert expect_sections(state, [a, b]) == (60, set())
    for worker in workers:
        assert not worker.all("session", "over")
        assert not worker.all("member", "lost")
    assert not b.all("election", "won .*") and not b.all("lock", "taken .*")


def test_nothing_is_lost_when_the_server_is_killed(server, join, state):
    workers = begin_work(join, state)
    for _ in range(2):
        await_progress(workers)
        server.kill()
        workers[0].expect("election", "suspended")
        workers[0].expect("lock", "suspended")
        server.restart()
        workers[0].expect("election", "resumed 1")
        workers[0].expect("lock", "resumed")
    late = wire.Client(server.address)
    expect_work(late, workers)
    late.set(ROOT + "/election")  # nothing is stuck: the watches still fire
    workers[1].do("member leave")
    workers[0].expect("cache", "removed b new")


def test_nothing_is_lost_when_a_server_of_three_is_killed(ensemble):
    member = ensemble.members[ensemble.followers()[0]]
    state = wire.Client(member.address)
    empty(state)
    state.create(ROOT)
    with joining(ensemble.hosts) as join:
        workers = begin_work(join, state)
        for victim in ("leader", "follower"):
            await_progress(workers)
            index = ensemble.leader() if victim == "leader" else ensemble.followers()[0]
            ensemble.kill(index)
            await_progress(workers)
            ensemble.restart(index)
        late = wire.Client(ensemble.members[ensemble.leader()].address)
        expect_work(late, workers)
        workers[0].kill()
        assert workers[1].expect_number("election", r"won (\d+)") == 2
        workers[1].expect("lock", "taken .*")
        late.end_session()
