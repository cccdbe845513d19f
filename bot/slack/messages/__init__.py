"""What the bot says: one file a message, written in the order in which it is seen."""
