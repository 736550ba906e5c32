"""From the author's texts to the files of a release: pure, from bytes, facts and `now` to bytes and findings.

``inputs`` reads every text, ``episode`` derives what one episode publishes, ``pictures`` finds art, ``release`` joins all
of it with what subscribers already know and decides what is published.
"""
