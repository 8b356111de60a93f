"""The columns of `masked_values` and `detail_masked_values`: what a project's policy masked in the rows of a day."""

from polyai_assets.contract.fields import DATE, PROJECT, Kind, derived

MASKED_VALUE = (
    PROJECT,
    DATE,
    derived("table_name", Kind.TEXT, "The table", key=True),
    derived("column_name", Kind.TEXT, "Its column", key=True),
    derived(
        "kind",
        Kind.TEXT,
        "What was masked: NUMBER, CARD, IBAN, EMAIL, URL, SPELLED or ENTITY in text, an entity of Presidio's such as "
        "PERSON, TEXT (all of it), CONTACT, STAFF, or FREE (members and values that the policy does not name)",
        key=True,
    ),
    derived("count", Kind.INTEGER, "How often"),
)
"""One row per column and kind; none where the policy keeps everything."""
