"""Programs that bring one day into a DuckDB file: conversations, turns and metrics.

Each is what somebody would write who knows the tool, and stands alone: it is run as `python FILE URL DATABASE`.
"""
