"""Other people's feeds: what they say (``feed``), and which of their items is which record (``join``)."""
