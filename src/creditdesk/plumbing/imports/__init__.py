"""Files of rows loaded into rooms: guessed, shown, corrected, remembered; what fails comes back."""
