"""How the whole is: health, and later metrics, errors and alerts."""
