"""x = a mu_k + b xi with M up to a million tokens: samplers at the size of a real vocabulary, in single precision.

What is single: the codewords, and the two matrix products of a posterior mean, softmax(x V^T) V. Points, logits, sums
and noise are doubles. Sampled points agree with float64 as follows (sphere of radius sqrt n, M = n = 768 and the like;
the bound is that of sim.vocabulary.rounding, tested beside the reference):
"""
