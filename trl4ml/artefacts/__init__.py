"""Files that tools leave behind, often ignored by git: where they lie, and what they say."""
