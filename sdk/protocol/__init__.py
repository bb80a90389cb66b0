"""The Jupyter messaging spec (protocol 5.5) as values and functions of values. No I/O, no clock but a header's date."""
