"""The wire, both ways: encoder, publishers, chat sources and the room page."""
