from importlib import import_module

from django.apps import AppConfig


class HouseConfig(AppConfig):
    name = "creditdesk.config"
    label = "house"

    def ready(self) -> None:
        """Connect the rooms: the wiring can be read only once every table is known."""
        import_module("creditdesk.wiring").connect()
