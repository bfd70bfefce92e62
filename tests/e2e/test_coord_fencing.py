# SPDX-License-Identifier: Apache-2.0
"""An office that changes hands while its holder is stopped: what the old holder still writes.

The old holder is stopped with SIGSTOP until it was replaced. When it goes on it is busy (it takes no
events) and believes as before; so a test knows what it believes without a race. The offices are that
of the leader and a lock, of the same processes.
"""

import re

import pytest

from coord import wire
from coord.participants import Tree, join, server

GAIN = {"election": "election start", "lock": "lock take"}
GAINED = {"election": r"won (\d+)", "lock": r"taken (\d+)"}
GIVE_UP = {"election": "election resign", "lock": "lock release"}
OFFICES = tuple(GAIN)


@pytest.fixture
def tree(server):
    """Two nodes of each office: one is written behind the fence, the other, for control, without."""
    tree = Tree(server)
    tree.empty()
    for office in OFFICES:
        tree.create(f"/fenced-{office}", "nobody's")
        tree.create(f"/plain-{office}", "nobody's")
    return tree


class Handover:
    """`old` believes in `first`, and `new` has the offices in the epochs `second`."""

    def __init__(self, old, new, tree):
        self.old = old
        self.new = new
        self.tree = tree
        self.first = {office: self.gain(old, office) for office in OFFICES}
        for office in OFFICES:
            old.do(f"{office} keep")
            old.expect(office, "believes .*")
            new.do(GAIN[office])
        old.do("hold")
        old.expect("hold", "")
        old.pause()
        self.second = {office: new.expect_number(office, GAINED[office]) for office in OFFICES}
        for office in OFFICES:
            assert self.second[office] > self.first[office]
            self.write(new, office, "new", self.second[office])
            new.expect("write", "done")
            new.do(f"plain /plain-{office} new")
            new.expect("plain", "done")
        old.resume()

    def gain(self, candidate, office):
        candidate.do(GAIN[office])
        epoch = candidate.expect_number(office, GAINED[office])
        self.write(candidate, office, "first", epoch)
        candidate.expect("write", "done")
        return epoch

    @staticmethod
    def write(writer, office, text, epoch, how="write"):
        """Orders a fenced write of one who believes in the epoch."""
        writer.do(f"{office} {how} /fenced-{office} {text}")
        assert writer.expect_number(office, r"believes (\d+)") == epoch

    def must_stand(self, kind, office):
        """What the new holder wrote."""
        assert self.tree.get(f"/{kind}-{office}") == "new"


@pytest.fixture
def handover(join, tree):
    return Handover(*join("old", "new"), tree)


def test_who_was_replaced_is_fenced_out_while_it_still_believes(handover):
    old = handover.old
    for office in OFFICES:
        handover.write(old, office, "late", handover.first[office], how="elsewhere")
        old.expect("write", "out")
        handover.must_stand("fenced", office)
        assert not handover.new.all(office, "lost")


def test_without_the_fence_it_would_have_overwritten(handover, tree):
    """The control: the same writer at the same moment, and the same look at the outcome."""
    for office in OFFICES:
        handover.old.do(f"plain /plain-{office} late")
        handover.old.expect("plain", "done")
        with pytest.raises(AssertionError):
            handover.must_stand("plain", office)
        assert tree.get(f"/plain-{office}") == "late"


def await_sessions(server, count):
    """Polls; each round asks the server once."""
    while len(set(re.findall("0x[0-9a-f]+", wire.ask(server.address, "dump")))) < count:
        pass


def test_what_was_decided_in_the_old_session_is_not_done_in_the_new_one(server, handover):
    """Not even without a fence: the client knows that its owner believes in another session."""
    old = handover.old
    await_sessions(server, 2)  # that of `new`, and the next one of `old`, who has not heard of it
    for office in OFFICES:
        handover.write(old, office, "late", handover.first[office])
        old.do(f"bare /plain-{office} late")
    old.do("release")
    for office in OFFICES:
        old.expect(office, "suspended")
        old.expect(office, "lost")
        old.expect("write", "unknown")
        old.expect("bare", "connection_loss")
        handover.must_stand("fenced", office)
        handover.must_stand("plain", office)
        old.do(f"{office} write /fenced-{office} late")
        old.expect(office, "none")


def test_a_fence_that_was_kept_is_of_no_use_in_the_next_session(handover):
    """As of a plan that took long to make."""
    old = handover.old
    old.do("release")
    for _ in range(2):
        old.expect("session", "new .*")
    office = OFFICES[-1]  # whose fence was kept last
    old.do(f"{office} kept /fenced-{office} late")
    old.expect("write", "out")
    handover.must_stand("fenced", office)


def test_a_write_that_is_refused_for_itself_is_told_apart(join, tree):
    holder = join("holder")
    for office in OFFICES:
        holder.do(GAIN[office])
        holder.expect(office, GAINED[office])
        for order, outcome in (
            (f"/fenced-{office} newer 77", "refused bad_version 0"),
            ("/missing newer", "refused no_node 0"),
            (f"/fenced-{office} newer 0", "done"),
        ):
            holder.do(f"{office} write {order}")
            holder.expect("write", outcome)
        assert tree.get(f"/fenced-{office}") == "newer"


@pytest.mark.parametrize("office", OFFICES)
def test_epochs_only_grow(join, office):
    candidates = join("a", "b")
    epochs = []
    for turn in range(6):
        holder, former = candidates[turn % 2], candidates[1 - turn % 2]
        holder.do(GAIN[office])
        epochs.append(holder.expect_number(office, GAINED[office]))
        if turn > 0:
            former.do(f"{office} kept /fenced-{office} late")
            former.expect("write", "out")
        holder.do(f"{office} write /fenced-{office} {holder.name}", f"{office} keep")
        holder.expect("write", "done")
        holder.do(GIVE_UP[office])
        holder.expect(office, "resigned|released")
    assert epochs == sorted(set(epochs))
    if office == "election":
        assert epochs == [1, 2, 3, 4, 5, 6]
