"""Every door by which outside data enters, and bad input before each of them."""
