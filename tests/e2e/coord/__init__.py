# SPDX-License-Identifier: Apache-2.0
"""What the tests of gale-coord share: servers to ask, and a client to ask them with."""
