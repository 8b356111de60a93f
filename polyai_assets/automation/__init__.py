"""What starts runs by itself: the sensor for conversations that have finished, and the nightly refresh.

What to do is decided by pure functions; the sensor and the schedule read, call them, and ask for the runs.
"""
