"""Faults of cameras put into recordings: what `edge.fit` has to find, drawn and not filmed.

Every fault is a pure function of a picture, its time, a strength (0–1; 0 leaves the camera well)
and a seed. `lamp`, `lens`, `cover`, `aim` and `stream` draw them, `catalogue` lists them, `inject`
puts one into a run of pictures, `filming` writes clips and `measuring` says how many are found.
"""
