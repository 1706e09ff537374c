"""Mei (小眉), the tea room's host."""
