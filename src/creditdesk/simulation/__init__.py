"""A seeded world of customers and banks that drives the real services, day by day.

`rules` is the world as pure functions of a seed; `services` lives it. Nothing here writes a table:
what the demo shows was recorded, matched, sent and judged by the rooms themselves.
"""
