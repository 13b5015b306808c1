"""What is known of payments online and of questions about payments."""
