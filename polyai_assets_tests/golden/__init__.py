"""A raw store of two small days and the warehouse that was loaded from it, as version 0.1.0 wrote them."""
