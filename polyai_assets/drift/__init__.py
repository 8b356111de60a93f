"""How what PolyAI sends differs from what is declared."""
