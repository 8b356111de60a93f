"""Reviewing samples in a spreadsheet: a sheet of turns goes out, and comes back with verdicts.

What the warehouse holds of a sample becomes an XLSX file; its verdicts become requests of annotations. How these are
published is no matter of this room.
"""
