"""Other hosts: what they answer, and how they serve files."""

from __future__ import annotations

from feedbuilder.rules.rule import Rule

ROWS = (
    Rule(
        id="NET-1",
        level="error",
        text="Only http and https URLs with a host are fetched.",
        effect="not fetched",
        remedy="correct the URL",
    ),
    Rule(
        id="NET-2",
        level="error",
        text="Only public addresses are connected to.",
        effect="not fetched",
        remedy="name a public URL, or add --allow-private if that host is yours",
    ),
    Rule(
        id="NET-3",
        level="error",
        text="A chain of redirects ends, after 10 at most.",
        effect="not fetched",
        remedy="name the last URL",
        source="HTTP-4",
    ),
    Rule(
        id="NET-4",
        level="error",
        text="The size of an answer is bounded.",
        effect="not fetched",
        remedy="name a smaller file",
        source="HTTP-4",
    ),
    Rule(
        id="NET-5",
        level="error",
        text="An answer is complete in time.",
        effect="not fetched",
        remedy="try again later",
        source="HTTP-4",
    ),
    Rule(
        id="NET-6",
        level="error",
        text="The host can be reached.",
        effect="not fetched",
        remedy="check the URL and the network",
    ),
    Rule(
        id="NET-7",
        level="error",
        text="The host answers with what is asked for.",
        effect="not fetched",
        remedy="check the URL",
    ),
    Rule(
        id="NET-8",
        level="error",
        text="An answer arrives whole and readable.",
        effect="not fetched",
        remedy="try again later",
    ),
    Rule(
        id="NET-9",
        level="warning",
        text="A host says how long a file is, and gives parts of it.",
        effect="not measured",
        remedy="run again with --whole, to read all of it",
        source="HTTP-6",
    ),
    Rule(id="NET-10", level="error", text="A host can be reached.", effect="not tried", remedy="run again later"),
    Rule(
        id="HTTP-6",
        level="warning",
        text="A host says of a file what it is.",
        effect="the file is believed",
        remedy="tell the host",
        source="Apple",
    ),
    Rule(
        id="HTTP-7",
        level="error",
        text="Bytes under an address stay.",
        remedy="give the file a new name",
        source="Spotify, AntennaPod",
    ),
    Rule(
        id="HTTP-11",
        level="error",
        text="Public URLs are https.",
        effect="left out",
        remedy="serve it over https",
        source="Apple",
    ),
)
