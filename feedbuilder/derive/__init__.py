"""Values from values: what follows from a record and from what is measured or known. No module here knows another."""
