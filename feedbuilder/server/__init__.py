"""The site over HTTP: an ASGI application that answers with the current release, for any ASGI server.

::

    uvicorn feedbuilder.server:app --workers 4

serves the project in ``$FEEDBUILDER_PROJECT``, or the one in this folder or above it. Needs the extra ``serve``.
"""

from feedbuilder.server.app import App

app = App()

__all__ = ["App", "app"]
