"""Templates of receipts and deposit slips; typesetting imports this, so it stays bare."""
