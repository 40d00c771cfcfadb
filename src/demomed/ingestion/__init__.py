"""From files to validated tables; effects at this edge only."""
