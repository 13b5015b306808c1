"""Reviews: customers looked at again, what changed since, and which limit is proposed."""
