"""Entry points for people and tools."""
