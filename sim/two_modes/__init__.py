"""p = w_- N(-mu, scale^2) + w_+ N(mu, scale^2) on a line: samplers measured exactly, and counted."""
