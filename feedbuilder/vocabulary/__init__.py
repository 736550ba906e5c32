"""What the outside world has names for: tags, platforms, media types, categories, labels and colours."""
