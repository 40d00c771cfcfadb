"""France in one run: the country read once, a portal a department, one page above them."""
