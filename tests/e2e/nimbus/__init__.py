# SPDX-License-Identifier: Apache-2.0
"""gale-nimbus as a process, and who speaks to it."""
