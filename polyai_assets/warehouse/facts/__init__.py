"""Facts: one row per conversation with what a contact centre is run by, made from the tables of its partition.

The columns are declared in `contract/conversation_fact.py`, each with its formula; here is what fills them.
"""
