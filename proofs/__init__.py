"""Proofs: sympy steps, z3, ball arithmetic. See proofs.ledger."""
