"""GitHub Actions' workflow files: what of them is run, what is accepted without effect, what is refused."""
