"""`.trl4ml/store`: stored evidence, and what it was made from."""
