"""The lesson: one page that recomputes live what the laws say, from plain values and text that it is given."""
