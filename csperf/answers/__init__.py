"""Answers on the terminal: how a score came about (`explain`), and what another scheme would do."""
