"""From the author's texts to the files of a release: pure, from bytes, facts and `now` to bytes and findings.

``inputs`` reads every text, ``carry`` keeps what no longer reads, ``audio`` and ``identify`` decide who each episode
is, ``episode`` and ``pictures`` derive what one publishes, ``site`` makes the other pages, ``release`` joins it all.
"""
