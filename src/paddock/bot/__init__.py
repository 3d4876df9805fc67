"""The bot: what people and agents say on GitHub, and what follows from it. `api` and `github` alone touch the world."""
