"""The pure heart: nouns, judgement, levels. No disk, no clock, no network."""
