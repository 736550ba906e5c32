"""What people write: the show, its people and its episodes, and what the keys in those files mean."""
