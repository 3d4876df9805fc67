"""One file a command: what it wants changed, as a pure function, and what it says of itself.

`handle(call, comment, view)` gets a command that may be said, and gives the facts that shall hold, or a refusal in
words. It gives nothing where all is so already.
"""
