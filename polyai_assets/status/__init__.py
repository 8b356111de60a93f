"""How each project stands."""
