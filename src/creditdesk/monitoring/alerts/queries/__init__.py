"""What alerts answer: what is seen, what stands, who is told."""
