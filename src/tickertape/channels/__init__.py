"""The places where people read. Each channel is a folder; none knows another."""
