"""What issued documents say beside lines and taxes, and what took whose place."""
