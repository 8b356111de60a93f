"""The report: one HTML page of a range of days or of one day, for whoever runs a contact centre.

It is made of KPIs alone, read from the read-only copy, and says of every figure what it counts and whether it is final.
A page needs nothing beside itself: charts are SVG, there is no script, no font and no address of anything else. No
Dagster.
"""
