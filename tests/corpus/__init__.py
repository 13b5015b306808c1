"""Bad input of every kind, built in code: named samples, each with what it attacks."""
