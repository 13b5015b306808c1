"""Decisions about payments: amounts as the provider counts them, signatures, notices, cases."""
