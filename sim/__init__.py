"""Simulation of few-step samplers on fields known in closed form: exact where it can be, counted where not."""
