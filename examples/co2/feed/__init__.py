"""The feed: weekly carbon dioxide at Mauna Loa, checked and without gaps."""
