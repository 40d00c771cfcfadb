"""Pure functions: tables in, Series out."""
