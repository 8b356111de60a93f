"""Personal data: what a policy makes of it, pseudonyms of contacts, and what is masked in text.

What a field may hold is declared in the contract; here is what is done about it. Nothing here knows Dagster.
"""
