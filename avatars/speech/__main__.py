"""``python -m avatars.speech`` (see ``avatars.speech.process``)."""

from avatars.speech.process import main

main()
