"""How large close-ups are, for those who learn from them and draw none."""

SIDE = 208  # pixels
SPAN = 2.9  # times as wide as whom it shows is long, about
