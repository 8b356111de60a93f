"""Details of conversations: who is asked for, how, and what is kept of it, verbatim, beside the conversations."""
