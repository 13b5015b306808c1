"""What machines ask the product: does it live, is it ready, what are its numbers."""
