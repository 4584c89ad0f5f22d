"""x_t = a z + b xi for a sequence of tokens: text under the exact denoiser of whole sequences."""
