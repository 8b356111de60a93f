"""What is removed because it was kept for long enough: by layer and project, every day, with a receipt.

What is due is found out from the stores, written down as a plan, removed place by place, and said in a receipt. Each
step may be done again, so a plan that was interrupted is done from its beginning.
"""
