"""How fast the product is, stated beside plain SQL on the same PostgreSQL in the same run."""
