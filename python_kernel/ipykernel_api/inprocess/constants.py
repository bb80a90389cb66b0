"""`ipykernel.inprocess.constants`."""

INPROCESS_KEY = b""
