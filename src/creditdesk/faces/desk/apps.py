from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "creditdesk.faces.desk"
    label = "desk"
