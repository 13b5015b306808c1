"""What the treasury reads: refunds, files, mandates, collections, receipts."""
