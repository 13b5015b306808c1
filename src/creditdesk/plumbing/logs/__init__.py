"""Logs as lines of JSON or text, in which nobody's data stands."""
