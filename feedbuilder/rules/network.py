"""Rules about other hosts: their responses, and how they serve files."""

from __future__ import annotations

from feedbuilder.rules.rule import Rule

ROWS = (
    Rule(
        id="NET-1",
        level="error",
        text="Only http and https URLs with a host are fetched.",
        effect="not fetched",
        remedy="Correct the URL.",
    ),
    Rule(
        id="NET-2",
        level="error",
        text="Only public addresses are connected to.",
        effect="not fetched",
        remedy="Use a public URL, or add `--allow-private` if the host is yours.",
    ),
    Rule(
        id="NET-3",
        level="error",
        text="A URL has at most 10 redirects, each to an http or https URL.",
        effect="not fetched",
        remedy="Use the URL that the redirects lead to.",
        source="HTTP-4",
    ),
    Rule(
        id="NET-4",
        level="error",
        text="A response stays below the size limit.",
        effect="not fetched",
        remedy="Use the URL of a smaller file.",
        source="HTTP-4",
    ),
    Rule(
        id="NET-5",
        level="error",
        text="A response is complete within the time limit.",
        effect="not fetched",
        remedy="Try again later.",
        source="HTTP-4",
    ),
    Rule(
        id="NET-6",
        level="error",
        text="The host can be reached.",
        effect="not fetched",
        remedy="Check the URL and your network.",
    ),
    Rule(
        id="NET-7",
        level="error",
        text="The host responds with the file.",
        effect="not fetched",
        remedy="Check the URL.",
    ),
    Rule(
        id="NET-8",
        level="error",
        text="A response arrives complete and can be decoded.",
        effect="not fetched",
        remedy="Try again later.",
    ),
    Rule(
        id="NET-9",
        level="warning",
        text="A host states the length of a file and serves ranges of it.",
        effect="not measured",
        remedy="Run again with `--whole` to read the whole file.",
        source="HTTP-6",
    ),
    Rule(
        id="NET-10",
        level="error",
        text="A host that failed three times in a row is skipped.",
        effect="not tried",
        remedy="Run again later.",
    ),
    Rule(
        id="HTTP-6",
        level="warning",
        text="A host serves audio with the right type and length.",
        effect="the content of the file is used",
        remedy="Report it to the host.",
        source="Apple",
    ),
    Rule(
        id="HTTP-7",
        level="error",
        text="The bytes of a published URL never change.",
        remedy="Give the file a new name.",
        source="Spotify, AntennaPod",
    ),
    Rule(
        id="HTTP-11",
        level="error",
        text="Public URLs use https.",
        effect="left out",
        remedy="Serve it over https.",
        source="Apple",
    ),
)
