"""The addresses machines ask."""

from django.urls import path

from creditdesk.faces.health import views

urlpatterns = [
    path("health/live", views.live, name="health-live"),
    path("health/ready", views.ready, name="health-ready"),
    path("metrics", views.numbers, name="metrics"),
]
