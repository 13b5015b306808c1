from django.apps import AppConfig


class GoLiveConfig(AppConfig):
    name = "creditdesk.golive"
    label = "golive"
    default_auto_field = "django.db.models.BigAutoField"
