"""Decides and times the show: no codec, no model, no socket to the audience."""

__version__ = "0.1.0"
