"""The warehouses that days are delivered to: what a target has to do, and a file for each kind of them."""
