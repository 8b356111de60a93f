"""What the retrieval modes of the list brought: answers to saved searches, and samples; ids only, kept for good."""
