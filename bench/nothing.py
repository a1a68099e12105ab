"""The handler of all benchmarks: it does nothing, as quickly as possible."""

from stateroom import Stateroom

app = Stateroom()


@app.task(name="nothing", max_retries=0)
async def nothing(n: int = 0, text: str = "") -> dict[str, bool]:  # noqa: ARG001 (a hundred bytes of input)
    """Do nothing."""
    return {"ok": True}
