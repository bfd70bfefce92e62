# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests that speak to one broker. Import them by name: `topic` needs `broker`."""

import itertools

import pytest

from broker import servers

numbers = itertools.count()


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    """Started once for a file."""
    with servers.running(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture
def name():
    """A name that no other test has."""
    return f"t{next(numbers)}"


@pytest.fixture
def topic(broker, name):
    """A topic of the test's own, with three partitions."""
    broker.gale("topic", "create", name, "--partitions", "3")
    return name
