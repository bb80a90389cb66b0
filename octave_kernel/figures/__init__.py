"""Which figures are shown when, who draws them, and the screen that a toolkit may want."""
