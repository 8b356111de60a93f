"""What the machine has: secrets in its environment, files that people edit, terminals. Knows nothing of PolyAI."""
