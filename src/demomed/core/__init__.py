"""Types and contracts: knows no file format, no formula, no HTML."""
