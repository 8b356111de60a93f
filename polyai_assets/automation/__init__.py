"""What starts runs by itself: the sensors and the schedules.

What to do is decided by pure functions; the sensors and the schedules read, call them, and ask for the runs.
"""
