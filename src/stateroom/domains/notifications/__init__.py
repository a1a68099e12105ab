"""What people are told of, made in the transaction of the change itself."""
