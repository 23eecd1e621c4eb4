"""What runs the network, one module a runtime, each behind `edge.ports.Backend`."""
