"""Backups: a dump of the database, and beside it a manifest of what the dump must bring back."""
