"""How fast the platform is, and how much memory it takes, beside others who do the same: `make bench`.

Nothing here is a test. What is to hold whatever the machine, such as that nothing is loaded twice, is tested elsewhere,
by counting.
"""
