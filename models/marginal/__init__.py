"""Models with latents integrated out of the counts, and the latents drawn afterwards."""
