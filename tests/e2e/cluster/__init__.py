# SPDX-License-Identifier: Apache-2.0
"""A whole cluster of real processes, which a test may disturb."""
