"""What operators measure. Numbers only; no label holds anything of a client."""

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest


class Metrics:
    """The process's figures, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.accepted = Counter("rapport_updates", "Updates stored", registry=self.registry)
        self.turns = Counter("rapport_turns", "Turns taken", registry=self.registry)
        self.sent = Counter("rapport_messages", "Messages settled", ["channel", "status"], registry=self.registry)
        self.open_cases = Gauge("rapport_open_cases", "Alerts that nobody has closed", registry=self.registry)
        self.oldest_due = Gauge("rapport_oldest_due_seconds", "How long the oldest event waits", registry=self.registry)

    def page(self) -> bytes:
        """The figures as Prometheus reads them."""
        return generate_latest(self.registry)
