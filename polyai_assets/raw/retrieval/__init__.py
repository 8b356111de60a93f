"""What the retrieval modes of the list fetched: answers to saved searches, and samples; ids only, kept for good."""
