"""Owen, the home-goods room's host."""
