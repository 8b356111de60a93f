"""The words of `polyai status`, and what each means."""

RED, BEHIND, INCOMPLETE, UNPROVEN = "red", "behind", "incomplete", "unproven"
STALE, OVERDUE, UNREADABLE = "stale", "overdue", "unreadable"
CURRENT, UNSETTLED, PROVISIONAL = "current", "unsettled", "provisional"

MEANINGS = {
    RED: "the last fetch or load of a day failed or was refused; its tables keep what they had",
    BEHIND: "yesterday, or more, is not complete",
    INCOMPLETE: "a day is loaded, and its certificate says what is missing from it",
    UNPROVEN: "a day is loaded, and it could not be proven that nothing is missing; it is no complete day",
    STALE: "a day was fetched with other filters or details than are configured now",
    OVERDUE: "conversations are in progress for longer than max_open_hours",
    UNREADABLE: "the certificate of a day is damaged",
    CURRENT: "nothing needs a person",
    UNSETTLED: "days that may still change; they are fetched again by themselves until nothing changes",
    PROVISIONAL: "fetched before the day was over; it is judged for good by itself, once it is",
}
"""Every word with its meaning, in the order in which they are explained: what needs a person, worst first."""
