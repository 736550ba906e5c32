"""A podcast kept as text files becomes everything the platforms need.

The line through the program, one module a step (``docs/architecture.md`` has the picture)::

    files -> SourceFile -> Record -> Episode -> derived values -> Artefact -> Release -> served
"""

__version__ = "0.1.0"
