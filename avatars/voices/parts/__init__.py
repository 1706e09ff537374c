"""What several voices share: reading text aloud, phones of a language, sound. Not voices themselves
(the modules of the folder above are)."""
