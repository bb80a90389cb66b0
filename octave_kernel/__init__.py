"""The Octave kernel comes here: not written yet, and not part of what is installed."""
