"""Live replies from any LLM agent, in any chat."""
