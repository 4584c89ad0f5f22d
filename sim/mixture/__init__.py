"""p = sum_i w_i N(mu_i, sigma_i^2 I) in n dimensions: samplers counted in lanes of particles."""
