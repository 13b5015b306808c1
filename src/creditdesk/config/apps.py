import gc
from importlib import import_module

from django.apps import AppConfig

from creditdesk.plumbing.logs import lines

# Allocations between two looks for garbage: batches make rows by the ten thousand and drop them
# all at the end, and Python's own 700 costs a quarter of their processor time.
GARBAGE_THRESHOLDS = (50_000, 20, 20)


class HouseConfig(AppConfig):
    name = "creditdesk.config"
    label = "house"

    def ready(self) -> None:
        """Connect the rooms: the wiring can be read only once every table is known."""
        import_module("creditdesk.wiring").connect()
        lines.set_up()
        gc.freeze()  # what is loaded by now stays until the end
        gc.set_threshold(*GARBAGE_THRESHOLDS)
