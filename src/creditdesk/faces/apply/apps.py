from django.apps import AppConfig


class ApplyConfig(AppConfig):
    name = "creditdesk.faces.apply"
    label = "apply"
