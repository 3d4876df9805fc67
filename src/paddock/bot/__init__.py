"""The bot: what people and agents say on GitHub, and what follows from it.

Pure: text and facts go in, values come out. `commands` reads a comment, `permission` says who may, `handlers` have one
file a command, and `decide` puts them together.
"""
