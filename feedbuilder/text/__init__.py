"""Text itself: which characters are allowed, where lines may break, and how times are written."""
