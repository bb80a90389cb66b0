"""What helps to write: completion, documentation, variables; what Octave is asked behind the user's back."""
