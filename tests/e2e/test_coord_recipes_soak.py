# SPDX-License-Identifier: Apache-2.0
"""All recipes at once while servers and participants are killed and stopped.

GALE_COORD_ROUNDS=50 makes the one in a random order longer, GALE_COORD_SEED=17 another one.
"""

import os
import random

from coord.fixtures import ensemble, whole_ensemble
from coord.participants import Tree, await_that, join, joining, server, tree
from coord.tallies import (
    added_to,
    additions,
    expect_items,
    expect_sections,
    expect_sum,
    items,
    sections,
)


# ---- the server dies ----


BATCH = 30  # additions, items and sections


def begin_work(join, tree):
    """Gives two who are somebody and compete, and a producer."""
    tree.create("/section", "0")
    a, b, producer = workers = join("a", "b", "producer")
    a.do("election start", "lock take", "member join", "cache start", "setting start")
    assert a.expect_number("election", r"won (\d+)") == 1
    a.expect("lock", "taken .*")
    b.do("election start", "lock take", "member join", "take start")
    a.do("take start")
    a.expect("cache", "added b new")
    producer.do("member join")
    return workers


def measure(workers):
    return [len(done(workers)) for done in (additions, items, sections)]


def begin_batch(workers, number):
    """One more batch of each work, and some of each done."""
    a, b, producer = workers
    for worker in (a, b):
        worker.do(f"counter add {BATCH // 2}", f"section run {BATCH // 2}")
    producer.do(f"put items {BATCH} x")
    await_that(workers, lambda: min(measure(workers)) >= number * BATCH + 3)


def end_batch(tree, workers, number):
    """It gets done, exactly."""
    a, b, producer = workers
    for worker in (a, b):
        worker.expect("counter", "over")
        worker.expect("section", "over")
    producer.expect("put", "over")
    count = (number + 1) * BATCH
    await_that(workers, lambda: len(items(workers)) >= count)
    expect_items([f"x-{i}" for i in range(count)], items(workers), lost_max=0)
    expect_sum(tree, [a, b], untold_max=0)
    assert expect_sections(tree, [a, b]) == (count, set())


def expect_nothing_lost(workers):
    """Whoever was somebody still is."""
    for worker in workers:
        assert not worker.all("session", "over")
        assert not worker.all("member", "lost")
    assert not workers[1].all("election", "won .*") and not workers[1].all("lock", "taken .*")


def test_nothing_is_lost_when_the_server_is_killed(server, join, tree):
    workers = begin_work(join, tree)
    a, b, _ = workers
    for number in range(3):
        begin_batch(workers, number)
        server.kill()
        a.expect("election", "suspended")
        a.expect("lock", "suspended")
        server.restart()
        a.expect("election", "resumed 1")
        a.expect("lock", "resumed")
        end_batch(tree, workers, number)
    expect_nothing_lost(workers)
    b.do("member leave")  # the watches of before still fire
    a.expect("cache", "removed b new")


def test_nothing_is_lost_when_a_server_of_three_is_killed(ensemble):
    Tree(ensemble.members[ensemble.leader()]).empty()
    with joining(ensemble.hosts) as join:
        workers = begin_work(join, Tree(ensemble.members[ensemble.leader()]))
        for number, victim in enumerate(("leader", "follower", "follower")):
            begin_batch(workers, number)
            index = ensemble.leader() if victim == "leader" else ensemble.followers()[0]
            ensemble.kill(index)
            end_batch(Tree(ensemble.members[ensemble.leader()]), workers, number)
            ensemble.restart(index)
        expect_nothing_lost(workers)
        workers[0].kill()
        assert workers[1].expect_number("election", r"won (\d+)") == 2
        workers[1].expect("lock", "taken .*")


# ---- anything, in any order ----


class Crowd:
    """Workers who do everything at once, while they or the server are killed and stopped. All lives
    of a worker are kept, for what they have told."""

    names = ("a", "b", "c")

    def __init__(self, server, join):
        self.server = server
        self.join = join
        self.lives = []
        self.now = {name: self.begin_life(name) for name in self.names}
        self.losses = 0  # of lives or sessions

    def begin_life(self, name):
        worker = self.join(name)
        worker.do("member join", "election start", "lock take", "take start", "cache start")
        self.lives.append(worker)
        return worker

    def begin_batch(self, number):
        for name, worker in self.now.items():
            worker.do("counter add 10", "section run 10", f"put items 10 {name}.{number}")

    def kill(self, name):
        self.now[name].kill()
        self.losses += 1
        self.now[name] = self.begin_life(name)

    def pause(self, name):
        """Until its session is over."""
        worker = self.now[name]
        others = [other for other in self.now.values() if other is not worker]

        def count_ends():
            return [len(other.all("cache", f"removed {name} .*")) for other in others]

        for other in others:
            await_that(others, lambda other=other: added_to(other) >= set(self.names))
        before = count_ends()
        worker.pause()
        await_that(others, lambda: min(map(int.__sub__, count_ends(), before)) > 0)
        worker.resume()
        self.losses += 1

    def blink(self, name):
        """Stops it for no time at all."""
        self.now[name].pause()
        self.now[name].resume()

    def kill_server(self, _):
        self.server.kill()
        self.server.restart()

    def pause_server(self, _):
        """Until nobody hears of it any more. ZooKeeper may end their sessions when it goes on."""
        workers = list(self.now.values())

        def all_are(*states):
            told = [worker.news["session"][-1:] for worker in workers]
            return all(news and news[0].split()[0] in states for news in told)

        await_that(workers, lambda: all_are("new", "again"))
        self.server.pause()
        await_that(workers, lambda: all_are("away", "over"))
        self.server.resume()
        self.losses += len(workers)

    def expect_batch(self, before):
        """All who were not killed meanwhile get it done."""
        for name, worker in self.now.items():
            if before[name] is worker:
                for about in ("counter", "section", "put"):
                    worker.expect(about, "over")

    def expect_order(self, tree):
        done = [match[1] for life in self.lives for match in life.all("take", "got (.*)")]
        assert len(set(done)) == len(done)
        expect_sum(tree, self.lives, untold_max=self.losses)
        assert len(expect_sections(tree, self.lives)[1]) <= self.losses
        epochs = [int(m[1]) for life in self.lives for m in life.all("election", r"won (\d+)")]
        assert sorted(epochs) == list(range(1, len(epochs) + 1))

    def expect_calm(self):
        """One leads; when it resigns another does, until nobody is left."""
        workers = list(self.now.values())
        while workers:
            leader = self.leader(workers)
            leader.do("election resign")
            leader.expect("election", "resigned")
            workers.remove(leader)

    def leader(self, workers):
        """Who said last that it leads; nobody else does."""

        def find():
            leading = [
                worker
                for worker in workers
                if worker.news["election"][-1:]
                and worker.news["election"][-1].split()[0] in ("won", "resumed")
            ]
            return leading if len(leading) == 1 else None

        return await_that(workers, find)[0]


def test_what_was_promised_holds_in_any_order(server, join, tree):
    rounds = int(os.environ.get("GALE_COORD_ROUNDS", "6"))
    seed = int(os.environ.get("GALE_COORD_SEED", "1"))
    chance = random.Random(seed)
    tree.create("/section", "0")
    crowd = Crowd(server, join)
    events = [crowd.kill, crowd.pause, crowd.blink, crowd.kill_server, crowd.pause_server]
    for number in range(rounds):
        before = dict(crowd.now)
        crowd.begin_batch(number)
        wanted = len(additions(crowd.lives)) + chance.randrange(15)
        await_that(crowd.lives, lambda wanted=wanted: len(additions(crowd.lives)) >= wanted)
        for event in chance.sample(events, chance.randrange(1, 3)):
            event(chance.choice(crowd.names))
        crowd.expect_batch(before)
    crowd.expect_order(tree)
    crowd.expect_calm()
