# SPDX-License-Identifier: Apache-2.0
"""gale-broker and the stock clients that speak to it."""
