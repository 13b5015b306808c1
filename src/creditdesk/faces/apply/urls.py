"""The address that applicants and referees are given."""

from django.urls import path

from creditdesk.faces.apply import views

urlpatterns = [path("apply/<str:token>/", views.asked, name="apply")]
