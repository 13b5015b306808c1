"""Invoices that recur: plans, the turns that fall due, and one document for each."""
