from django.apps import AppConfig


class DayConfig(AppConfig):
    name = "creditdesk.day"
    label = "day"
    default_auto_field = "django.db.models.BigAutoField"
