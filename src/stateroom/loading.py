"""Finds the app that `--handlers package.module:app` names."""

import importlib
import os
import sys

from stateroom.errors import InvalidInput, StateroomError
from stateroom.handlers import Stateroom


def load_app(spec: str) -> Stateroom:
    """Import `package.module:app` (the current directory counts as a place for modules) and return the app.

    Raises:
        InvalidInput: the module, the attribute or its type is wrong, or the module raises while it is imported.
    """
    module_name, colon, attribute = spec.partition(":")
    if not colon or not module_name or not attribute:
        raise InvalidInput(f"'{spec}' does not name handlers.", hint="Write package.module:app.")
    if os.getcwd() not in sys.path:  # noqa: PTH109 (sys.path has strings)
        sys.path.insert(0, os.getcwd())  # noqa: PTH109 (as above)
    try:
        found: object = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise InvalidInput(
                f"The module '{module_name}' needs the module '{error.name}', which is missing."
            ) from error
        raise InvalidInput(
            f"There is no module '{error.name}' for the handlers '{spec}'.",
            hint=f"Modules are looked for in {os.getcwd()} and where Python finds its packages.",  # noqa: PTH109 (as it stands in sys.path)
        ) from error
    except StateroomError:
        raise
    except Exception as error:
        raise InvalidInput(
            f"The module '{module_name}' fails while it is imported: {type(error).__name__}: {error}"
        ) from error
    for name in attribute.split("."):
        if not hasattr(found, name):
            raise InvalidInput(f"The module '{module_name}' has no '{attribute}'.", hint=_suggest(module_name))
        found = getattr(found, name)
    if not isinstance(found, Stateroom):
        raise InvalidInput(
            f"'{spec}' is a {type(found).__name__}, not a collection of handlers.", hint=_suggest(module_name)
        )
    return found


def _suggest(module_name: str) -> str:
    names = [name for name, value in vars(sys.modules[module_name]).items() if isinstance(value, Stateroom)]
    if names:
        return f"Perhaps {' or '.join(f'{module_name}:{name}' for name in names)}?"
    return "It needs `app = Stateroom()` at module level (from stateroom import Stateroom)."
