"""PolyAI's Agents API: the detail of a conversation, its recording, and what is written back to it."""
