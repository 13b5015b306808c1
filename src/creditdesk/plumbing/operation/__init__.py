"""How an installation fares: facts read from it, and what is to be thought of them."""
