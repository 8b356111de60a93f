"""The read-only copy of the warehouse: facts and KPIs, for everything that reads all day.

What is in it is declared in `contract/` (`measures`, `ratios`, `marts`); here it is made, opened and read. KPIs are
made with it, whole and from its own facts, and stand nowhere else: they cannot disagree with them. No Dagster.
"""
