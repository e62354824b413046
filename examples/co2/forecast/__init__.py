"""The model: a year of weekly carbon dioxide ahead, with an interval."""
