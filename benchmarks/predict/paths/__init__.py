"""One module a path: load(folder) -> (answer one row, answer all rows), in its own interpreter.

They know nothing of the rest of benchmarks/, whose packages their interpreters do not have.
"""
