"""The guard: one tool call of an agent, judged before it runs.

`calls` reads the payload, `shell` says what a command line would do, `programs` and `gitrules` know the programs,
`judge` decides; all of them are values and functions. `rim` alone touches files, and `settings` the tools' settings.

It imports neither msgspec nor click, which take longer to load than a file tool's call takes to judge.
"""
