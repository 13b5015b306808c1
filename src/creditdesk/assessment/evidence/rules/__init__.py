"""What is made of reports, names and openings. Pure."""
