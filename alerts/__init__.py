"""What leaves the building: the event contract, the outbox, MQTT, and everyone who listens."""
