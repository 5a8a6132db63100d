"""The steps of Endure's own scenarios, beside those of the kit."""

import kit_steps  # noqa: F401
