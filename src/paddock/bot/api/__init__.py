"""GitHub's REST API as the bot uses it: what it answers, how it is asked, what can go wrong."""
