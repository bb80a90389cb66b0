"""Variables on their way between the notebook's language and the other kernels of the notebook.

`sides` are the ends of the way: each writes a variable's value into a file, or reads it from one, as
`sdk.exchange.parcel` writes values. `moving` goes the way; `changing` makes of text what it looks like.
"""

from __future__ import annotations
