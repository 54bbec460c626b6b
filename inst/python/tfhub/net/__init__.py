"""One GET, with all that can go wrong."""
