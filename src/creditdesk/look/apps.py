from django.apps import AppConfig


class LookConfig(AppConfig):
    name = "creditdesk.look"
    label = "look"
    verbose_name = "Look"
