"""The addresses that customers, and the payment provider, are given."""

from django.urls import path

from creditdesk.faces.pay import views

urlpatterns = [
    path("pay/<str:token>/", views.pay, name="pay"),
    path("pay/<str:token>/done", views.done, name="pay-done"),
    path("hooks/stripe/<str:company>", views.hook, name="hook-stripe"),
]
