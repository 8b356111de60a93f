"""How many examples a property has, beside those that the loaded profile gives to every one."""

from hypothesis import settings

USUAL = 100


def examples(number: int) -> int:
    """Scale a number of examples to the profile: the usual one has a fifth of it, `explore` twenty times as many."""
    return max(1, number * settings().max_examples // USUAL)
