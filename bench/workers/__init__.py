"""Scripts that run in a fresh, isolated Python and time something there. Standard library only.

They are started by `start`, so that all they can see is this package, the standard library
and the function that they are given.
"""
