"""Reading config.yaml, with the place of every mistake."""
