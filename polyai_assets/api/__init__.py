"""HTTP to PolyAI: pages of conversations, verbatim. No table, no file and no schedule is known here."""
