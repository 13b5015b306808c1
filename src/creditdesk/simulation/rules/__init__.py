"""The simulated world: who the customers are, how they behave, what their banks report. Pure."""
