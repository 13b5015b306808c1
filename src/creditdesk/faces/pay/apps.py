from django.apps import AppConfig


class PayConfig(AppConfig):
    name = "creditdesk.faces.pay"
    label = "pay"
