"""What a record must look like.

Fields are declared once (`conversation`, `turn`, `metric`); the strict struct, the pandera models, the tables
and the columns that records become are derived from the declarations. This room knows no Dagster, opens no
file and no connection: it is handed payloads and frames, and says what is wrong with them.
"""
