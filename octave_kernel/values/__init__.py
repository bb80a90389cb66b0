"""Values of variables, to Python and back."""
