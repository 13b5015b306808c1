"""The measures: each takes a size, returns its figures, and keeps its floor beside it."""
