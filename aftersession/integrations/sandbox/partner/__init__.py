# SPDX-License-Identifier: Apache-2.0
"""A payment partner to practise with: its own process, its own books, no real money.

It shares no code with the product on purpose. What the product knows of it is what it says over
HTTP, so the demo and the tests meet the same surprises a real partner brings.
"""
