"""Pure decisions: which origin answers a request.

Nothing here has a clock, a socket, a random source or a log of its own; time and
observations are arguments, decisions and transitions are return values.
"""
