"""The dataset of conversations: fetched by windows, proven to be complete, merged with what was kept, committed."""
