"""What platforms demand, checked over feeds of any origin and over our own output."""
