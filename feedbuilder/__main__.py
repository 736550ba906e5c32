"""``python -m feedbuilder`` is the command ``feedbuilder``."""

from feedbuilder.cli import main

main(prog_name="feedbuilder")
