"""Value -> bytes: feeds, chapter files, captions, texts and pages. No disk, no clock."""
