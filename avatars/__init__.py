"""Speaks and shows: voices, faces, hosts and the stage they stand on."""
