"""What pages may load and run: the Content-Security-Policy, in one place for the pages and for whoever serves them.

Pages load nothing from elsewhere until the listener asks for it: audio on play, a video on a click.
"""

from __future__ import annotations

VIDEO_ORIGIN = "https://www.youtube-nocookie.com"

PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self' https:",
        "connect-src 'self'",
        f"frame-src {VIDEO_ORIGIN}",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
"""For the ``meta`` element of every page."""

SERVED_POLICY = f"{PAGE_POLICY}; frame-ancestors 'self'"
"""For the header of every page but the players; ``frame-ancestors`` has no meaning in a page."""

EMBED_POLICY = f"{PAGE_POLICY}; frame-ancestors *"
"""For the header of the players, which other sites show: pages named ``embed.html``."""
