# SPDX-License-Identifier: Apache-2.0
"""What participants of recipes have told, counted: the promises of the recipes."""


def added_to(participant):
    return {match[1] for match in participant.all("cache", r"added (\w+) .*")}


def sections(participants, about="done"):
    return [
        int(match[1])
        for participant in participants
        for match in participant.all("section", about + r" (\d+)")
    ]


def expect_sections(tree, participants):
    """Each section has its own number: nobody was in one with somebody else."""
    done = sections(participants)
    assert len(set(done)) == len(done)
    number = int(tree.get("/section"))
    unknown = set(range(1, number + 1)) - set(done)
    return number, unknown


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


def additions(participants):
    return [
        int(match[1])
        for participant in participants
        for match in participant.all("counter", r"added (\d+)")
    ]


def expect_sum(tree, participants, untold_max):
    """Each addition has a sum of its own; the receipts count them, too."""
    told = additions(participants)
    total = int(tree.get("/counter"))
    assert len(set(told)) == len(told) and set(told) <= set(range(1, total + 1))
    assert len(told) <= total <= len(told) + untold_max
    assert sum(tree.versions_below("/counter/receipts")) == total
