"""Where pictures come from, one module a kind, each behind `edge.ports.Source`."""
