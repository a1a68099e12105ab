"""What others send to us and we to them."""
