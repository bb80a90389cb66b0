"""The debugger: debug_request, answered with debugpy's. Nothing of it is loaded before the first such request
other than `debugInfo`.

| module | its concept |
| --- | --- |
| `info` | what `debugInfo` tells |
| `debugger` | which request is answered by whom |
| `session` | it begins, stops at places, goes on, and ends |
| `tracing` | debugpy in this process: begins, ends, and gives back what it has replaced |
| `frames` | the kernel's own frames are neither stepped into nor shown |
| `sources` | the files of cells |
| `looking` | values at a breakpoint |
"""
