"""What the machine brings: secrets in its environment, files that people edit, terminals. Knows nothing of PolyAI."""
