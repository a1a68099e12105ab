"""The handler that hello.yaml calls."""

from stateroom import Stateroom

app = Stateroom()


@app.task(name="greet", max_retries=2)
def greet(name: str, times: int = 1) -> dict[str, str]:
    """Return a greeting, which becomes the result of the run."""
    return {"greeting": " ".join([f"Hello, {name}!"] * times)}
