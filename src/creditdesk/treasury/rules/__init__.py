"""The rules of the treasury: identifiers, files for banks, mandates, returns. Pure."""
