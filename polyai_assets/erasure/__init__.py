"""What `polyai erase` does: conversations of a person are found, removed wherever they are kept, and a receipt says so.

Each store has its own way, and each way may be gone again: an erasure that was killed is continued by its plan.
"""
