"""Recordings of calls: which are wanted, fetching them, and the manifest beside their files in the raw store."""
