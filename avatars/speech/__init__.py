"""One speech process per machine: the voice model is loaded once and shared by all rooms.

``house.SpeechHouse`` owns the process (in the supervisor), ``client.connect`` reaches it (in a
room), ``client.in_process`` does without it (offline ``render`` and ``script``).
"""
