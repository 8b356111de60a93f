"""`polyai doctor`: is everything there that the platform needs, and what do the projects let through.

A check looks and returns what it found; nothing is mended or changed here, and no
failure of a check is more than a line.
"""
