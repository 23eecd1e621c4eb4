"""What a camera shows on its normal days, learnt on the device from the network's features. Pure
numpy; nothing here knows of threads, files or alarms."""
