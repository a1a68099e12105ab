"""What browsers see, and how requests become answers: pages, headers, problems."""
